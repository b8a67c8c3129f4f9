"use strict";
// Sends each photo to the server, one after another, and shows what it answers. Names of files are text, never markup.

const MANY_TILES = 2; // from so many tiles along its shorter side on, a photo is surveyed
const drop = document.getElementById("drop");
const answers = document.getElementById("answers");
let card;
let queue = start();

async function start() {
  card = await (await fetch("card")).json();
  const model = card.run_id ? `run ${card.run_id}` : card.command;
  document.getElementById("model").textContent =
    `Model: ${model}, of ${card.date.slice(0, 10)}. A crack: a crack score of at least ${thresholdText(card.threshold)} ` +
    `(${card.threshold_rule}).`;
  document.getElementById("banner").textContent = await (await fetch("banner")).json();
}

function add(files) {
  for (const file of files) {
    const place = show(file.name, ["waiting"]);
    queue = queue.then(() => ask(file, place)).catch((error) => fill(place, file.name, [String(error.message || error)]));
  }
}

async function ask(file, place) {
  fill(place, file.name, ["computing"]);
  const isLarge = (await shorterSide(file)) >= MANY_TILES * card.tile_px;
  const answer = await post(isLarge ? "survey" + scale() : "predict", file);
  if (isLarge) surveyed(place, file, answer);
  else predicted(place, file, answer.verdicts[0], answer.threshold);
}

async function post(address, file) {
  const response = await fetch(address, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
  const answer = await response.json();
  if (response.ok) return answer;
  throw new Error(typeof answer.detail === "string" ? answer.detail : `the server answered ${response.status}`);
}

function scale() {
  const mm = document.getElementById("scale").valueAsNumber;
  return mm > 0 ? `?mm_per_px=${mm}` : "";
}

// What the browser cannot decode (TIFF, HEIC) comes from cameras and is large.
async function shorterSide(file) {
  try {
    const image = await createImageBitmap(file);
    return Math.min(image.width, image.height);
  } catch {
    return Infinity;
  }
}

function surveyed(place, file, answer) {
  const run = answer.longest_run_mm === null ? `${Math.round(answer.longest_run_px)} px` : `${Math.round(answer.longest_run_mm)} mm`;
  const lines = [
    `${answer.is_crack ? "crack" : "no crack found"}; highest score ${written(answer.highest_score, 1, 3)}`,
    `${answer.cracked_tiles} of ${answer.tiles.length} tiles over the threshold, ` +
      `${written(answer.cracked_share, 100, 1)} % of the area` + (answer.cracked_tiles ? `; longest run ${run}` : ""),
    `${answer.width_px} x ${answer.height_px} px, tiles of ${answer.tile_px} px`,
  ];
  fill(place, file.name, lines, answer.is_crack, "data:image/jpeg;base64," + answer.map_jpeg);
}

function predicted(place, file, verdict, threshold) {
  const lines = [
    `${verdict.is_crack ? "crack" : "no crack found"}; score ${written(verdict.crack_score, 1, 3)}, threshold ${thresholdText(threshold)}`,
    `most probable: ${verdict.label}, ${written(verdict.probabilities[verdict.label], 100, 1)} %`,
  ];
  fill(place, file.name, lines, verdict.is_crack, URL.createObjectURL(file));
}

// Numbers are written as on all other pages: only an exact 0 or 1 is written as one.
function written(share, whole, digits) {
  const text = (whole * share).toFixed(digits);
  if (share > 0 && Number(text) === 0) return `<${(10 ** -digits).toFixed(digits)}`;
  return share < 1 && Number(text) === whole ? `>${(whole - 10 ** -digits).toFixed(digits)}` : text;
}

// With as many digits as tell it from 0 and 1.
function thresholdText(threshold) {
  const nearest = Math.min(threshold, 1 - threshold);
  return String(Number(threshold.toFixed(nearest > 0 ? Math.max(3, 2 - Math.floor(Math.log10(nearest))) : 3)));
}

function show(name, lines) {
  const place = document.createElement("div");
  answers.prepend(place);
  fill(place, name, lines);
  return place;
}

function fill(place, name, lines, isCrack, picture) {
  place.className = "answer" + (isCrack === undefined ? "" : isCrack ? " crack" : " intact");
  const words = document.createElement("div");
  words.className = "words";
  words.append(element("b", name), ...lines.map((line) => element("span", line)));
  const image = picture ? [Object.assign(document.createElement("img"), { src: picture, alt: `${name}: ${lines[0]}` })] : [];
  place.replaceChildren(...image, words);
}

function element(kind, text) {
  return Object.assign(document.createElement(kind), { textContent: text });
}

for (const kind of ["dragover", "dragenter"])
  drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => { event.preventDefault(); add(event.dataTransfer.files); });
document.getElementById("files").addEventListener("change", (event) => { add(event.target.files); event.target.value = ""; });
