// The tree of a Merkle batch, written a second time, and the published vector that every implementation is held to.
import { bytesOf, keccak } from "./tools.mjs";

const hashPair = (a, b) => keccak(bytesOf(a < b ? a + b.slice(2) : b + a.slice(2)));

/** keccak256(keccak256(index, sha256, pdq, manifest)), each a word. */
export const leafHash = ({ index, sha256, pdq, manifest }) =>
  keccak(bytesOf(keccak(bytesOf(
    index.toString(16).padStart(64, "0") + sha256.slice(2) + pdq.slice(2) + manifest.slice(2),
  ))));

/** A complete binary tree in an array: leaves from the end backwards, node i over 2i+1 and 2i+2. */
export function treeOf(hashes) {
  const nodes = new Array(2 * hashes.length - 1);
  hashes.forEach((hash, i) => { nodes[nodes.length - 1 - i] = hash; });
  for (let i = nodes.length - 1 - hashes.length; i >= 0; i--) nodes[i] = hashPair(nodes[2 * i + 1], nodes[2 * i + 2]);
  return nodes;
}

export function proofOf(nodes, index) {
  const proof = [];
  for (let i = nodes.length - 1 - index; i > 0; i = Math.floor((i - 1) / 2)) proof.push(nodes[i % 2 ? i + 1 : i - 1]);
  return proof;
}

/** A leaf whose fields anyone can make again: keccak256 of a text. Every third has no fingerprint, every second no manifest. */
function leafAt(size, index) {
  const zero = `0x${"00".repeat(32)}`;
  return {
    index,
    sha256: keccak(`file ${index} of ${size}`),
    pdq: index % 3 === 2 ? zero : keccak(`pdq ${index} of ${size}`),
    manifest: index % 2 === 1 ? zero : keccak(`manifest ${index} of ${size}`),
  };
}

/** The list's text, as its format defines it. */
export function listOf(leaves) {
  const part = (hex) => (/^0x0+$/.test(hex) ? "-" : hex.slice(2));
  const lines = leaves.map((leaf) => `${leaf.sha256.slice(2)} ${part(leaf.pdq)} ${part(leaf.manifest)}\n`);
  return `touchstone-leaves/1\n${lines.join("")}`;
}

export function vectorText() {
  const trees = [1, 2, 3, 5, 8, 13].map((count) => {
    const leaves = Array.from({ length: count }, (_, index) => leafAt(count, index));
    const hashes = leaves.map(leafHash);
    const nodes = treeOf(hashes);
    return {
      count,
      root: nodes[0],
      listHash: keccak(listOf(leaves)),
      leaves: leaves.map((leaf, i) => ({ ...leaf, hash: hashes[i], proof: proofOf(nodes, i) })),
    };
  });
  const about = "Trees over lists of 1, 2, 3, 5, 8 and 13 files: leaf = keccak256(keccak256(abi.encode(uint32 index, "
    + "bytes32 sha256, bytes32 pdq, bytes32 manifest))); node = keccak256 of its two children, the smaller first; a "
    + "complete binary tree in an array, leaf i at place 2 * count - 2 - i, node i over 2i + 1 and 2i + 2; the root is "
    + "node 0. listHash = keccak256 of the leaf list's text.";
  return `${JSON.stringify({ about, trees }, null, 1)}\n`;
}
