// Data roots (RFC 9162, section 2.1.1), written once more from the definition, and the published vector: what is and is
// not under them, and what nobody may take for a proof.
import { createHash } from "node:crypto";
import { bytesOf } from "./tools.mjs";

const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 13, 16, 17, 31, 32, 33, 63, 64, 65, 70];
const NONE = `0x${"00".repeat(32)}`;
const MOST = `0x${"ff".repeat(32)}`;

const sha256 = (...parts) =>
  `0x${createHash("sha256").update(Buffer.concat(parts.map((part) => bytesOf(part)))).digest("hex")}`;
const leafHash = (item) => sha256("00", item);
const nodeHash = (left, right) => sha256("01", left, right);

/** How many leaves stand to the left: the largest power of two below their number. */
const halfOf = (count) => 2 ** Math.floor(Math.log2(count - 1));

/** MTH of the definition. */
export function rootOf(items) {
  if (items.length === 1) return leafHash(items[0]);
  const half = halfOf(items.length);
  return nodeHash(rootOf(items.slice(0, half)), rootOf(items.slice(half)));
}

/** PATH of section 2.1.3.1: from below. */
export function pathOf(items, index) {
  if (items.length === 1) return [];
  const half = halfOf(items.length);
  return index < half
    ? [...pathOf(items.slice(0, half), index), rootOf(items.slice(half))]
    : [...pathOf(items.slice(half), index - half), rootOf(items.slice(0, half))];
}

/** Items that anyone can make again: SHA-256 of a text, in ascending order. */
const itemsOf = (count) => Array.from({ length: count }, (_, i) => sha256(
  Buffer.from(`item ${i} of ${count}`).toString("hex"),
)).sort();

const moved = (item, by) => `0x${(BigInt(item) + by).toString(16).padStart(64, "0")}`;

const presence = (items, index) => ({ item: items[index], index, path: pathOf(items, index) });

const absence = (items, item) => {
  const index = items.filter((other) => other < item).length;
  return {
    item,
    index,
    left: index === 0 ? NONE : items[index - 1],
    right: index === items.length ? NONE : items[index],
    leftPath: index === 0 ? [] : pathOf(items, index - 1),
    rightPath: index === items.length ? [] : pathOf(items, index),
  };
};

/** Of small trees every place, of others the ends, the middle and where the left half ends. */
function placesOf(count) {
  const all = Array.from({ length: count }, (_, i) => i);
  if (count <= 8) return all;
  const half = halfOf(count);
  return [...new Set([0, 1, Math.floor(count / 2), half - 1, half, count - 2, count - 1])].filter((i) => i < count)
    .sort((a, b) => a - b);
}

function treeOf(count) {
  const items = itemsOf(count);
  const places = placesOf(count);
  // As near as can be: one above or one below what is there.
  const near = places.map((place) => moved(items[place], place % 2 ? 1n : -1n));
  return {
    count,
    root: rootOf(items),
    items,
    present: places.map((place) => presence(items, place)),
    absent: [NONE, ...near, MOST].map((item) => absence(items, item)),
  };
}

/** Proofs of absence that prove nothing: each is nearly one. */
function refused() {
  const items = itemsOf(7);
  const root = rootOf(items);
  // Four whose halves ascend, so that the nodes are refused for being nodes and not for their order.
  const four = Array.from({ length: 9 }, (_, i) => itemsOf(i + 9).slice(0, 4))
    .find((some) => rootOf(some.slice(0, 2)) < rootOf(some.slice(2)));
  const halves = [rootOf(four.slice(0, 2)), rootOf(four.slice(2))];
  const good = absence(items, moved(items[3], 1n)); // between 3 and 4, where the halves meet
  const forged = (why, change, tree = { root, count: 7 }) => ({ why, ...tree, ...good, ...change });
  const side = (name, place) => ({ [name]: items[place], [`${name}Path`]: pathOf(items, place) });
  const first = { index: 0, left: NONE, leftPath: [] };
  const last = { index: 7, right: NONE, rightPath: [] };
  return [
    forged("the item is the left leaf", { item: items[3] }),
    forged("the item is the right leaf", { item: items[4] }),
    forged("the item is below both", { item: moved(items[3], -1n) }),
    forged("the item is above both", { item: moved(items[4], 1n) }),
    forged("a leaf stands between them", { item: items[3], ...side("left", 2) }),
    forged("a leaf stands between them, at the other's index", { item: items[3], index: 3, ...side("left", 2) }),
    forged("the first leaf left out", { item: items[0], ...first, ...side("right", 1) }),
    forged("the last leaf left out", { item: items[6], ...last, ...side("left", 5) }),
    forged("the sides changed about", { ...side("left", 4), ...side("right", 3) }),
    forged("the paths changed about", { leftPath: good.rightPath, rightPath: good.leftPath }),
    forged("a hash too few", { leftPath: good.leftPath.slice(1) }),
    forged("a hash too many", { rightPath: [...good.rightPath, NONE] }),
    forged("hashes in another order", { leftPath: [...good.leftPath].reverse() }),
    forged("an index too low", { index: 3 }),
    forged("an index too high", { index: 5 }),
    forged("an index above the count", { index: 8 }),
    forged("a count too low", {}, { root, count: 4 }),
    forged("a count too high", {}, { root, count: 9 }),
    forged("no items", { ...first, ...last, index: 0 }, { root, count: 0 }),
    forged("no items under no root", { ...first, ...last, index: 0 }, { root: NONE, count: 0 }),
    forged("no root", {}, { root: NONE, count: 7 }),
    forged("another root", {}, { root: rootOf(itemsOf(6)), count: 7 }),
    forged(
      "nodes for leaves",
      {
        item: moved(halves[0], 1n),
        index: 1,
        left: halves[0],
        leftPath: [halves[1]],
        right: halves[1],
        rightPath: [halves[0]],
      },
      { root: rootOf(four), count: 2 },
    ),
  ];
}

export function rootsText() {
  const about = "Data roots as in RFC 9162, section 2.1.1: leaf = SHA-256(0x00 || item), node = SHA-256(0x01 || left || "
    + "right), over distinct items in ascending order, item = SHA-256 of `item I of COUNT`. present: a place, and the "
    + "hashes beside the way from it to the root, from below. absent: where the item would stand, the leaves before and "
    + "after (zeros and no path where there is none). refused: what proves nothing.";
  // A line for each tree and each forgery, so that a reader with little memory can take one after the other.
  const lines = (all) => all.map((one) => JSON.stringify(one)).join("\n,\n");
  return `{"about": ${JSON.stringify(about)},\n"trees": [\n${lines(SIZES.map(treeOf))}\n],\n"refused": [\n${
    lines(refused())}\n]}\n`;
}
