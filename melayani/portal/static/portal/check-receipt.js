// SPDX-License-Identifier: EUPL-1.2
// Checks a receipt or a promise of the ledger on the own device, without sending it. Format: docs/ledger.md. It refuses
// exactly what the server refuses, with the same codes. Only the server can compare a receipt with the ledger of today:
// the form goes there when somebody asks for that, and where a browser cannot check signatures.
"use strict";
(() => {
  const HEADER = "c2sp.org/tlog-proof@v1";
  const PROMISE = "melayani/promise/v1";
  const LEAF_LABEL = "melayani/leaf/v1";
  const [SEALED, FILED] = ["sealed", "case.filed"];
  const [MOST_NOTE, MOST_EXTRA, MOST_LEAF] = [256 * 1024, 64 * 1024, 512];
  const MOST_FILE = MOST_NOTE + 2 * MOST_EXTRA;
  const [MOST_LINES, MOST_HASHES, MOST_NAME, MOST_DEPTH] = [64, 64, 255, 32];
  const LARGEST = 2n ** 63n - 1n;
  const EMPTY_ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  const NO_NAME = /[\u0000-\u0020\u007f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]/;

  class Refused extends Error {}
  const no = (code) => { throw new Refused(code); };

  // Texts, numbers and bytes, each in its one spelling.
  const encode = (text) => new TextEncoder().encode(text);
  const decode = (bytes, code) => {
    try { return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes); } catch (_) { return no(code); }
  };
  const joined = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));
  const same = (one, two) => one.length === two.length && one.every((byte, n) => byte === two[n]);
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const readBase64 = (text) => {
    try {
      const letters = atob(text);
      return btoa(letters) === text ? Uint8Array.from(letters, (letter) => letter.charCodeAt(0)) : null;
    } catch (_) { return null; }
  };
  const readHash = (text) => {
    const bytes = text.length === 44 ? readBase64(text) : null;
    return bytes && bytes.length === 32 ? bytes : null;
  };
  const readDecimal = (text) => {
    const number = /^(0|[1-9][0-9]{0,18})$/.test(text) && !text.includes("\n") ? BigInt(text) : null;
    return number !== null && number <= LARGEST ? number : null;
  };
  const isName = (name) => name !== "" && !NO_NAME.test(name) && encode(name).length <= MOST_NAME;

  const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
  const hmac = async (salt, message) => {
    const key = await crypto.subtle.importKey("raw", salt, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
  };
  const signed = async (key, message, signature) => {
    if (signature.length !== 64) return false;
    try {
      const open = await crypto.subtle.importKey("raw", key.open, { name: "Ed25519" }, false, ["verify"]);
      return await crypto.subtle.verify({ name: "Ed25519" }, open, signature, message);
    } catch (_) { return false; }
  };

  // Verifier keys: `name+id+base64(type, key)`. Type 1 signs the text, type 4 is a witness.
  const readKey = async (vkey, type = 1) => {
    const [, name, id, encoded] = /^([^+]*)\+([^+]*)\+([^]*)$/.exec(vkey) || no("vkey_form");
    const key = readBase64(encoded);
    if (vkey.length > 2200 || !isName(name) || !/^[0-9a-f]{8}$/.test(id) || !key || !key.length) no("vkey_form");
    if (hex((await sha256(encode(`${name}\n`), key)).slice(0, 4)) !== id) no("vkey_id");
    if (key[0] !== type || key.length !== 33) no("vkey_type");
    return { name, id, open: key.slice(1) };
  };

  // Canonical JSON: what does not come out as it went in could hold a second meaning.
  const written = (value, depth) => {
    if (value === null || typeof value === "boolean") return JSON.stringify(value);
    if (typeof value === "number") return Number.isSafeInteger(value) ? JSON.stringify(value) : no("receipt_form");
    if (typeof value === "string") return /\p{Surrogate}/u.test(value) ? no("receipt_form") : JSON.stringify(value.normalize("NFC"));
    if (depth === 0) return no("receipt_form");
    if (Array.isArray(value)) return `[${value.map((item) => written(item, depth - 1)).join(",")}]`;
    return `{${Object.keys(value).sort().map((name) => `${written(name, 0)}:${written(value[name], depth - 1)}`).join(",")}}`;
  };
  const readObject = (bytes) => {
    const text = decode(bytes, "receipt_form");
    let said = null;
    try { said = JSON.parse(text); } catch (_) { no("receipt_form"); }
    if (said === null || typeof said !== "object" || Array.isArray(said) || written(said, MOST_DEPTH) !== text) no("receipt_form");
    return said;
  };
  const bytesOf = (said, name) => (typeof said[name] === "string" && readBase64(said[name])) || no("receipt_form");
  const own = (said, name) => (Object.hasOwn(said, name) ? said[name] : undefined);

  // The file: header, `extra`, `index`, hashes, an empty line, the checkpoint.
  const readFile = (content) => {
    if (content.length > MOST_FILE) no("receipt_form");
    const end = content.findIndex((byte, at) => byte === 10 && content[at + 1] === 10);
    if (end < 0 || content.subarray(0, end).some((byte) => byte > 127)) no("receipt_form");
    const lines = decode(content.subarray(0, end), "receipt_form").split("\n");
    if (lines.shift() !== HEADER) no("receipt_form");
    let extra = null;
    if (lines.length && lines[0].startsWith("extra ")) {
      extra = readBase64(lines.shift().slice(6));
      if (!extra || extra.length > MOST_EXTRA) no("receipt_form");
    }
    if (!lines.length || lines.length > 1 + MOST_HASHES || !lines[0].startsWith("index ")) no("receipt_form");
    const index = readDecimal(lines[0].slice(6));
    const proof = lines.slice(1).map(readHash);
    if (index === null || proof.includes(null)) no("receipt_form");
    return { extra, index, proof, checkpoint: content.subarray(end + 2) };
  };

  const readLeaf = (leaf) => {
    if (leaf.length > MOST_LEAF || leaf.some((byte) => byte > 127)) no("receipt_leaf");
    const fields = readObject(leaf);
    if (own(fields, "v") !== 1 || typeof own(fields, "k") !== "string") no("receipt_leaf");
    const names = Object.keys(fields);
    if (!names.every((name) => "cknstuv".includes(name) && name.length === 1)) no("receipt_leaf");
    if (fields.k === SEALED && names.length !== 3) no("receipt_leaf");
    if (bytesOf(fields, "c").length !== 32) no("receipt_leaf");
    return fields;
  };

  // The leaf, and whether salt and event open its commitment.
  const openExtra = async (extra) => {
    const said = readObject(extra);
    const leaf = bytesOf(said, "leaf");
    const fields = readLeaf(leaf);
    const names = Object.keys(said);
    if (names.length === 1) return { leaf, fields, kind: fields.k, event: null };
    const [event, salt] = [own(said, "event"), bytesOf(said, "salt")];
    const more = names.filter((name) => name !== "kind").join(",");
    if (more !== "event,leaf,salt" || event === null || typeof event !== "object" || Array.isArray(event)) no("receipt_form");
    const sealed = fields.k === SEALED;
    const kind = own(said, "kind") ?? (names.includes("kind") ? null : sealed ? FILED : fields.k);
    if (typeof kind !== "string" || (!sealed && names.includes("kind"))) no("receipt_form");
    const message = encode(`${LEAF_LABEL}\n${kind}\n${written(event, MOST_DEPTH)}`);
    if (salt.length !== 32 || !same(await hmac(salt, message), bytesOf(fields, "c"))) no("receipt_commitment");
    return { leaf, fields, kind, event };
  };

  // Signed notes: the text, and the keys among ours that signed it.
  const openNote = async (note, keys) => {
    if (note.length > MOST_NOTE) no("note_size");
    const whole = decode(note, "note_form");
    const end = whole.lastIndexOf("\n\n");
    if (/[\u0000-\u0009\u000b-\u001f]/.test(whole) || end < 0 || end + 2 >= whole.length || !whole.endsWith("\n")) no("note_form");
    const below = whole.slice(end + 2, -1).split("\n");
    if (below.length > MOST_LINES) no("note_size");
    const lines = below.map((line) => {
      const [, name, encoded] = /^\u2014 ([^ ]*) ([^]*)$/.exec(line) || no("note_form");
      const bytes = readBase64(encoded);
      if (!isName(name) || !bytes || bytes.length <= 4) no("note_form");
      return { name, id: hex(bytes.slice(0, 4)), signature: bytes.slice(4) };
    });
    const text = whole.slice(0, end + 1);
    const signers = [];
    for (const line of lines) {
      const key = keys.find((one) => one.name === line.name && one.id === line.id);
      if (!key) continue;
      if (!await signed(key, encode(text), line.signature)) no("note_signature");
      signers.push(key);
    }
    if (!signers.length) no("note_unsigned");
    return { text, signers, lines };
  };

  // How many of the witnesses have cosigned: the time in 8 bytes, then the signature. What does not hold is not counted.
  const countCosigned = async ({ text, lines }, witnesses) => {
    const seen = new Set();
    for (const { name, id, signature } of lines) {
      const key = witnesses.find((one) => one.name === name && one.id === id);
      const at = key && signature.length === 72 ? new DataView(signature.buffer).getBigUint64(0) : 0n;
      if (!at || at > LARGEST) continue;
      if (await signed(key, encode(`cosignature/v1\ntime ${at}\n${text}`), signature.slice(8))) seen.add(key);
    }
    return seen.size;
  };
  // Whether only keys signed that sign no longer, and since when.
  const aged = (keys) => ({ retired: keys.every((key) => key.retired), since: keys.map((key) => key.since || "").sort().at(-1) });

  const readCheckpoint = (text) => {
    const lines = text.slice(0, -1).split("\n");
    if (lines.length < 3 || lines.length > 3 + MOST_LINES || lines.includes("")) no("checkpoint_form");
    const [size, root] = [readDecimal(lines[1]), readHash(lines[2])];
    if (size === null || root === null) no("checkpoint_form");
    if (size === 0n && lines[2] !== EMPTY_ROOT) no("checkpoint_empty");
    return { origin: lines[0], size, root };
  };

  // RFC 9162 2.1.3.2.
  const checkInclusion = async ({ hash, index, size, proof, root }) => {
    if (index >= size) no("proof_refused");
    let [fn, sn, computed] = [index, size - 1n, hash];
    for (const sibling of proof) {
      if (sn === 0n) no("proof_refused");
      if (fn & 1n || fn === sn) {
        computed = await sha256([1], sibling, computed);
        while (!(fn & 1n) && fn) [fn, sn] = [fn >> 1n, sn >> 1n];
      } else {
        computed = await sha256([1], computed, sibling);
      }
      [fn, sn] = [fn >> 1n, sn >> 1n];
    }
    if (sn !== 0n || !same(computed, root)) no("proof_refused");
  };

  const checkReceipt = async (content, keys, witnesses) => {
    const file = readFile(content);
    if (!file.extra) no("receipt_leaf");
    const { leaf, fields, kind, event } = await openExtra(file.extra);
    const note = await openNote(file.checkpoint, keys);
    const { text, signers } = note;
    const tree = readCheckpoint(text);
    const log = signers.find((key) => key.name === tree.origin) || no("checkpoint_unsigned");
    const hash = await sha256([0], leaf);
    await checkInclusion({ hash, index: file.index, size: tree.size, proof: file.proof, root: tree.root });
    return {
      form: "receipt", log: log.name, digest: hex(hash), index: file.index, size: tree.size, kind, fields, event,
      ...aged(signers.filter((key) => key.name === log.name)),
      cosigned: await countCosigned(note, witnesses), witnesses: witnesses.length,
    };
  };

  const readMoment = (text) => {
    const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !text.startsWith("0000") ? new Date(text) : null;
    return moment && !Number.isNaN(+moment) && moment.toISOString() === text.replace("Z", ".000Z") ? moment : null;
  };
  const checkPromise = async (content, keys) => {
    const { text, signers } = await openNote(content, keys);
    const [header, origin, digest, from, to, last, ...more] = text.split("\n");
    if (header !== PROMISE || last !== "" || more.length || !isName(origin)) no("promise_form");
    const [hash, at, deadline] = [readHash(digest), readMoment(from), readMoment(to)];
    if (!hash || !at || !deadline || deadline <= at) no("promise_form");
    const promisers = signers.filter((key) => key.name === `${origin}/promise`);
    if (!promisers.length) no("promise_key");
    return { form: "promise", log: origin, digest: hex(hash), at, deadline, ...aged(promisers) };
  };

  // The page: its words, its keys, its form.
  const form = document.getElementById("periksa-berkas");
  const result = document.getElementById("hasil");
  const words = document.getElementById("kata-hasil").content;
  const [file, key, where] = ["berkas", "kunci", "berkas_where"].map((id) => document.getElementById(id));
  const LANGUAGE = document.documentElement.lang;
  const clean = (text) => text.trim();
  const isPromise = (content) => same(content.subarray(0, PROMISE.length + 1), encode(`${PROMISE}\n`));
  const said = (selector) => words.querySelector(selector)?.textContent;
  // Browsers do not know Javanese dates; and hours are told as the pages of the server tell them.
  const DATES = Intl.DateTimeFormat.supportedLocalesOf(LANGUAGE).length ? LANGUAGE : "id";
  const number = (value) => value.toLocaleString(DATES);
  const time = (moment, more) => `${moment.toLocaleString(DATES, { hourCycle: "h23", dateStyle: "full", timeStyle: more, timeZone: "Asia/Jakarta" })} WIB`;

  const day = (text) => new Date(text).toLocaleDateString(DATES, { dateStyle: "long", timeZone: "Asia/Jakarta" });

  // The keys of the page, or the one that was typed; each with what the page says of it.
  const trusted = async (purpose) => {
    const shown = [...document.querySelectorAll("[data-purpose]")].map((one) => ({ vkey: clean(one.textContent), ...one.dataset }));
    const read = async (vkey) => {
      const lines = shown.filter((one) => one.vkey === vkey);
      const retired = lines.length > 0 && lines.every((one) => one.purpose.endsWith("-retired"));
      return { ...await readKey(vkey), retired, since: retired ? lines[0].since : "" };
    };
    if (clean(key.value)) return [await read(clean(key.value))];
    if (!shown.length) no("no_keys");
    const wanted = shown.filter((one) => one.purpose.replace("-retired", "") === purpose);
    return Promise.all([...new Set(wanted.map((one) => one.vkey))].map(read));
  };
  // Whom the log asks; with a typed key nobody else is trusted.
  const trustedWitnesses = async () => {
    const shown = clean(key.value) ? [] : [...document.querySelectorAll("[data-witness]")].map((one) => clean(one.textContent));
    const read = await Promise.all([...new Set(shown)].map((vkey) => readKey(vkey, 4).catch(() => null)));
    return read.filter(Boolean);
  };

  const filled = (name, values) => {
    const box = words.querySelector(`[data-result="${name}"]`).cloneNode(true);
    for (const [slot, text] of Object.entries(values)) {
      const place = box.querySelector(`[data-slot="${slot}"]`);
      if (!place) continue;
      place.textContent = text;
      if (place.matches("dd")) place.parentElement.hidden = !text;
    }
    return box;
  };

  const proven = (found) => {
    const fields = found.fields || {};
    const [at, opened] = [found.at || (Number.isSafeInteger(fields.t) && fields.t >= 0 && fields.t <= 2 ** 37 ? new Date(fields.t * 1000) : null), found.event];
    const box = filled(found.form, {
      log: found.log, digest: found.digest, unit: typeof fields.u === "string" ? fields.u : "", at: at ? time(at, "short") : "",
      kind: found.kind === undefined ? "" : said(`[data-kind="${CSS.escape(found.kind)}"]`) ?? found.kind,
      deadline: found.deadline ? time(found.deadline, "medium") : "",
      event: opened ? JSON.stringify(opened, null, 2) : "",
    });
    const [old, seen] = ["retired", "cosigned"].map((slot) => box.querySelector(`[data-slot="${slot}"]`));
    old.hidden = !found.retired;
    old.textContent = found.since ? old.dataset.dated.replace("{since}", day(found.since)) : old.dataset.once;
    seen.hidden = !found.witnesses;
    const words = found.cosigned === found.witnesses ? seen.dataset.words : seen.dataset.fewer;
    seen.textContent = words.replace("{seen}", found.cosigned).replace("{all}", found.witnesses);
    box.querySelector('[data-slot="unwitnessed"]').hidden = Boolean(found.witnesses);
    if (found.form === "receipt") {
      const place = box.querySelector('[data-slot="number"]');
      place.textContent = place.dataset.words.replace("{index}", number(found.index)).replace("{size}", number(found.size));
      for (const slot of ["opened", "shown"]) box.querySelector(`[data-slot="${slot}"]`).hidden = !opened;
      box.querySelector('[data-slot="closed"]').hidden = Boolean(opened);
    }
    return box;
  };

  const tell = (code, found, boxes) => {
    result.dataset.code = code;
    result.dataset.form = found ? found.form : "";
    result.dataset.key = found?.retired ? "retired" : "";
    result.replaceChildren(...boxes);
  };

  const compared = (found) => {
    const expected = printed();
    if (!expected || !found.digest) return [];
    return [filled(found.digest.startsWith(expected.digest) ? "same" : "other", {})];
  };

  let turn = 0;
  // What was said of an earlier file, or with other keys, must not stand beside this one.
  const cleared = () => {
    for (const name of ["code", "key", "against"]) delete result.dataset[name];
    result.replaceChildren();
    return ++turn;
  };
  const check = async () => {
    const mine = cleared();
    let [code, found] = ["", null];
    try {
      if (!file.files.length) no("no_file");
      const content = new Uint8Array(await file.files[0].slice(0, MOST_FILE + 1).arrayBuffer().catch(() => no("file_unreadable")));
      const promise = isPromise(content);
      const keys = await trusted(promise ? "promise" : "log");
      found = promise ? await checkPromise(content, keys) : await checkReceipt(content, keys, await trustedWitnesses());
    } catch (trouble) {
      if (!(trouble instanceof Refused) && !(trouble instanceof RangeError)) throw trouble;
      code = trouble instanceof Refused ? trouble.message : "receipt_form";
    }
    if (mine !== turn) return; // another file was chosen meanwhile
    if (found) tell("", found, [...compared(found), proven(found)]);
    else tell(code, null, [filled("refused", { reason: said(`[data-reason="${code}"]`) ?? said('[data-reason=""]') })]);
  };

  // The printed sheet leads here with `#NUMBER.HEX`.
  const printed = () => {
    const [, name, digest] = /^#([0-9A-Za-z-]{5,20})\.([0-9a-f]{16})$/.exec(location.hash) || [];
    return name ? { name: name.toUpperCase(), digest } : null;
  };
  const showPrinted = () => {
    const [expected, line] = [printed(), document.querySelector('[data-check="code"]')];
    line.hidden = !expected;
    if (!expected) return;
    line.querySelector('[data-slot="number"]').textContent = expected.name;
    line.querySelector('[data-slot="digest"]').textContent = expected.digest;
    line.querySelector('[data-slot="proof"]').href = line.dataset.address.replace("NOMOR", encodeURIComponent(expected.name));
    line.scrollIntoView();
  };
  addEventListener("hashchange", showPrinted);
  showPrinted();

  // RFC 8032 7.1, test 1: a browser that cannot say yes to it cannot check anything here.
  const able = async () => {
    if (!globalThis.crypto?.subtle || !Object.hasOwn) return false;
    const open = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    const signature = "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==";
    return signed({ open: readBase64(open) }, new Uint8Array(), readBase64(signature));
  };

  able().then((here) => {
    where.textContent = here ? where.dataset.here : where.dataset.there;
    form.dataset.ready = here ? "here" : "there";
    if (!here) return;
    file.addEventListener("change", check);
    key.addEventListener("input", cleared);
    result.addEventListener("click", (event) => { if (event.target.closest("[data-compare]")) form.submit(); });
    form.addEventListener("submit", (event) => { event.preventDefault(); check().then(() => result.focus()); });
    for (const name of ["dragover", "drop"]) form.addEventListener(name, (event) => event.preventDefault());
    form.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      file.files = event.dataTransfer.files;
      check();
    });
    if (file.files.length) check();
  });
})();
