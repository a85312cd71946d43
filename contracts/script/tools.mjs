// What the other scripts share: the compiler and its settings, hashes, and the platform's own binaries.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

export const CONTRACTS = join(dirname(fileURLToPath(import.meta.url)), "..");
export const RESOURCES = join(CONTRACTS, "..", "resources", "contracts");

export const SETTINGS = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 200 },
  viaIR: false,
  // Without the hash of the metadata, wording a comment anew moves no address.
  metadata: { bytecodeHash: "none" },
};

/** The compiler, which takes a second to load. */
export const loadCompiler = () => require("solc");

/** keccak256 of bytes or of a string's UTF-8, as 0x-prefixed hex. */
export const keccak = (bytes) => `0x${require("js-sha3").keccak256(bytes)}`;

export const bytesOf = (hex) => Buffer.from(hex.replace(/^0x/, ""), "hex");

/** The address with the checksum of EIP-55. */
export function checksummed(address) {
  const plain = address.replace(/^0x/, "").toLowerCase();
  const hash = keccak(plain).slice(2);
  return `0x${[...plain].map((c, i) => (parseInt(hash[i], 16) >= 8 ? c.toUpperCase() : c)).join("")}`;
}

/** The files below a folder that end so, in order, as paths from `contracts/` with forward slashes. */
export function filesBelow(folder, ending) {
  const found = [];
  for (const entry of readdirSync(join(CONTRACTS, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(...filesBelow(path, ending));
    else if (entry.name.endsWith(ending)) found.push(path);
  }
  return found.sort();
}

export const readSource = (path) => readFileSync(join(CONTRACTS, path), "utf8").replace(/\r\n/g, "\n");

/** The text behind an import: ours below `contracts/`, or a package's. */
export function readImport(path) {
  const place = [path, `node_modules/${path}`].find((p) => existsSync(join(CONTRACTS, p)));
  return place ? { contents: readSource(place) } : { error: `no such file: ${path}` };
}

/** The platform's own executable, which needs no script run on installation. */
export function binary(tool) {
  const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  const name = process.platform === "win32" ? `${tool}.exe` : tool;
  const path = join(CONTRACTS, "node_modules", "@foundry-rs", `${tool}-${platform}`, "bin", name);
  if (!existsSync(path)) throw new Error(`${tool} is not there for ${platform}; run: npm ci`);
  return path;
}
