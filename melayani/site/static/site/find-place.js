// SPDX-License-Identifier: EUPL-1.2
// Where it is, with the help of the phone: its location, or a pin on a map that is fetched only when somebody asks for
// it. Without this script the step works by typing and by lists.
(() => {
  const tools = document.getElementById("alat-tempat");
  const news = document.getElementById("kabar-tempat");
  const field = document.getElementById("titik");
  const fold = document.getElementById("lipatan-titik");
  const box = document.getElementById("peta");
  if (!tools || !news || !field || !fold || !box) return;
  const say = (name) => { news.textContent = name ? tools.dataset[name] : ""; };
  const ROUGH_METRES = 5000;
  tools.hidden = false;

  const ask = document.getElementById("pakai-lokasi");
  ask.hidden = !("geolocation" in navigator);
  ask.addEventListener("click", () => {
    say("waiting");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        if (coords.accuracy > ROUGH_METRES) return say("rough");
        field.value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
        document.getElementById("kirim-lokasi").click();
      },
      (error) => say(error.code === error.PERMISSION_DENIED ? "denied" : "unknown"),
      { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 },
    );
  });

  const added = (element) => new Promise((done, failed) => {
    element.onload = done;
    element.onerror = () => { element.remove(); failed(); };
    document.head.append(element);
  });
  const style = (href) => added(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
  const script = (src) => added(Object.assign(document.createElement("script"), { src }));
  let map = null;
  const drawn = async () => {
    const scripts = box.dataset.scripts.split(" ");
    await Promise.all(box.dataset.styles.split(" ").map(style));
    for (const src of scripts) await script(src);
    box.hidden = false;
    document.getElementById("bantuan-peta").hidden = false;
    window.melayaniPinMap(box, field, document.getElementById("titik-dekat"));
  };
  const show = () => {
    map ??= drawn().then(() => say("")).catch(() => { map = null; say("nomap"); });
    return map;
  };

  document.getElementById("buka-peta").addEventListener("click", async () => {
    fold.open = true;
    await show();
    if (!box.hidden) {
      box.scrollIntoView({ block: "center" });
      box.focus({ preventScroll: true });
    }
  });
  fold.querySelector("summary").addEventListener("click", () => { if (!fold.open) show(); });
})();
