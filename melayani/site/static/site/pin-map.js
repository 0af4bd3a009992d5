// SPDX-License-Identifier: EUPL-1.2
// The map for one pin, fetched only when somebody opens it (find-place.js). The ground is tiles when an address for them
// is set; else borders, names and points of our own places. The pin moves by tap, by drag and by arrow keys.
window.melayaniPinMap = (box, field, told) => {
  const L = window.L, words = box.dataset;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(box, {
    keyboard: false, attributionControl: false, zoomControl: false, minZoom: 7, maxZoom: 18,
    zoomAnimation: !still, inertia: !still, maxBounds: [[-11, 108.5], [-3, 118.5]], maxBoundsViscosity: 0.8,
  });
  L.control.zoom({ zoomInTitle: words.closer, zoomOutTitle: words.farther }).addTo(map);
  Object.assign(box, { tabIndex: 0 });
  box.setAttribute("role", "application");
  box.setAttribute("aria-label", words.name);
  box.setAttribute("aria-describedby", "cara-peta");
  const marked = document.querySelector("input[name=tempat]:checked");
  const start = field.value ? words.start : marked?.dataset.start || words.start;
  const [lat, long, zoom] = start.split(" ").map(Number);
  if (start) map.setView([lat, long], zoom);
  else map.fitBounds([[-8.8, 110.9], [-6.7, 114.7]]);

  // The pin.
  const drawing = () => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 32 42");
    const shape = document.createElementNS(svg.namespaceURI, "path");
    shape.setAttribute("d", "M16 1a14 14 0 0 1 14 14c0 10-14 26-14 26S2 25 2 15A14 14 0 0 1 16 1z");
    const eye = document.createElementNS(svg.namespaceURI, "circle");
    for (const [name, value] of [["cx", 16], ["cy", 15], ["r", 5]]) eye.setAttribute(name, value);
    svg.append(shape, eye);
    return svg;
  };
  let pin = null;
  const put = (spot) => {
    if (!pin) {
      const icon = L.divIcon({ className: "pin", html: drawing(), iconSize: [44, 58], iconAnchor: [22, 57] });
      pin = L.marker(spot, { icon, draggable: true, keyboard: false, autoPan: true }).addTo(map);
      pin.on("dragend", () => put(pin.getLatLng()));
    }
    pin.setLatLng(spot);
    field.value = `${spot.lat.toFixed(5)}, ${spot.lng.toFixed(5)}`;
    tell();
  };
  const written = field.value.match(/^(-?\d+\.\d+), (-?\d+\.\d+)$/);
  map.on("click", (event) => put(event.latlng));

  const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  box.addEventListener("keydown", (event) => {
    if (event.target !== box || event.ctrlKey || event.metaKey || event.altKey) return;
    if (STEPS[event.key]) {
      const size = event.shiftKey ? 60 : 12, [x, y] = STEPS[event.key];
      const from = map.latLngToContainerPoint(pin ? pin.getLatLng() : map.getCenter());
      put(map.containerPointToLatLng(pin ? from.add([x * size, y * size]) : from));
      map.panInside(pin.getLatLng(), { padding: [60, 70], animate: false });
    } else if (event.key === "+" || event.key === "=") map.setZoomAround(pin ? pin.getLatLng() : map.getCenter(), map.getZoom() + 1);
    else if (event.key === "-") map.setZoomAround(pin ? pin.getLatLng() : map.getCenter(), map.getZoom() - 1);
    else return;
    event.preventDefault();
  });

  // The ground.
  const ground = L.layerGroup().addTo(map);
  const known = { 2: [], 3: [], 4: [] };
  const names = new Map();
  const asked = new Map();
  const fetched = async (address) => {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(String(answer.status));
    const said = await answer.json();
    for (const [code, name, y, x] of said.places) {
      names.set(code, name);
      known[code.split(".").length].push({ code, name, at: L.latLng(y, x) });
    }
    return said;
  };
  // As `government/drawing.py` writes them: half cells of 0.004 degree from 110.8 E, 4.9 S.
  const SQUEEZE = Math.cos((7.7 * Math.PI) / 180);
  const corner = (x, y) => [-4.9 - y * 0.002, 110.8 + (x * 0.002) / SQUEEZE];
  const ring = (flat) => flat.filter((_, i) => i % 2 === 0).map((x, i) => corner(x, flat[2 * i + 1]));
  const villagesOf = (region) => {
    if (!asked.has(region)) asked.set(region, fetched(`${words.ground}/${region}`).catch(() => asked.delete(region)));
    return asked.get(region);
  };

  const nearest = (points, spot) => {
    let best = null, least = Infinity;
    for (const point of points) {
      const far = (point.at.lat - spot.lat) ** 2 + ((point.at.lng - spot.lng) * SQUEEZE) ** 2;
      if (far < least) [best, least] = [point, far];
    }
    return best;
  };
  async function tell() {
    const spot = pin.getLatLng(), around = new Set();
    told.textContent = ""; // the name of where the pin was is not the name of where it is
    for (const reach of [0, 0.05, -0.05]) for (const aside of [0, 0.05, -0.05]) {
      const district = nearest(known[3], L.latLng(spot.lat + reach, spot.lng + aside));
      if (district) around.add(district.code.slice(0, 5));
    }
    await Promise.all([...around].map(villagesOf));
    if (!pin.getLatLng().equals(spot)) return;
    const village = nearest(known[4], spot);
    if (!village) return;
    const kind = village.code.split(".")[3].startsWith("1") ? words.kel : words.desa;
    const path = [`${kind} ${village.name}`, `${words.kec} ${names.get(village.code.slice(0, 8))}`, names.get(village.code.slice(0, 5))];
    told.textContent = `${words.near} ${path.join(", ")}.`;
  }

  const label = (point, kind) => {
    const text = document.createElement("span");
    text.textContent = point.name.replace(/^Kabupaten /, "");
    return L.marker(point.at, { icon: L.divIcon({ className: `name ${kind}`, html: text, iconSize: [0, 0] }), interactive: false, keyboard: false });
  };
  const KINDS = { 2: "region", 3: "district", 4: "village" };
  const drawNames = (levels, view, close) => {
    const taken = [];
    for (const level of levels) for (const point of known[level]) {
      if (!view.contains(point.at)) continue;
      if (level === 4) ground.addLayer(L.circleMarker(point.at, { radius: 3, className: "dot", interactive: false }));
      if (level === 4 && close < 13) continue;
      const at = map.latLngToLayerPoint(point.at), half = point.name.length * 4 + 6;
      const place = { left: at.x - half, right: at.x + half, top: at.y - 4, bottom: at.y + 22 };
      if (taken.some((o) => place.left < o.right && o.left < place.right && place.top < o.bottom && o.top < place.bottom)) continue;
      taken.push(place);
      ground.addLayer(label(point, KINDS[level]));
    }
  };
  const refresh = async () => {
    const view = map.getBounds().pad(0.15), close = map.getZoom();
    if (close >= 12) {
      const regions = new Set(known[3].filter((d) => map.getBounds().pad(0.3).contains(d.at)).map((d) => d.code.slice(0, 5)));
      await Promise.all([...regions].map(villagesOf));
      if (map.getZoom() !== close) return;
    }
    ground.clearLayers();
    drawNames(close < 10 ? [2] : close < 12 ? [2, 3] : [3, 4], view, close);
  };

  if (written) put(L.latLng(Number(written[1]), Number(written[2])));
  if (words.tiles) L.tileLayer(words.tiles, { maxZoom: 18 }).addTo(map);
  fetched(words.ground).then((said) => {
    if (!words.tiles) {
      L.polygon(said.borders.map((flat) => [ring(flat)]), { className: "land", interactive: false }).addTo(map);
      map.on("moveend", refresh);
      refresh();
    }
    if (pin) tell();
  }).catch(() => { /* without the ground the pin still works, only no village is named */ });
};
