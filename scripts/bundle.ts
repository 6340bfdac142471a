/**
 * Puts what a start of the agent loads into few files; part of `npm run build`. Reading some hundred modules one after the other takes
 * longer than everything else between power on and the first verdict.
 *
 *   dist/bundle/                      the command (main.js) and what its threads and children start with
 *   dist/libraries/<name>.cjs, .code  libraries for agent/platform/precompiled.ts
 *   dist/libraries/licences.txt       of everything that was put in
 *   dist/libraries/packages.json      the model packages that come with the agent
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type InputOptions, type OutputChunk, type OutputOptions, rolldown } from 'rolldown';
import { readManifest } from '../agent/inference/manifest.ts';
import { contentsOf, shippedFile } from '../agent/inference/proofs.ts';
import { ENTRIES } from '../agent/platform/entries.ts';
import { packageRoot } from '../agent/platform/package-root.ts';
import { codeFile, libraryFile, precompiled } from '../agent/platform/precompiled.ts';

/** Loaded at every start, and plain JavaScript. All others stay what they are: native, or not on the way to the first verdict. */
const BUNDLED = ['@marcbachmann/cel-js', 'commander', 'fastest-levenshtein', 'mqtt', 'pino', 'typebox', 'uuid', 'yaml'];
const PRECOMPILED = ['node-opcua-client'];

type Manifest = Readonly<Record<'name' | 'version' | 'license', string>> & { readonly dependencies: Readonly<Record<string, string>> };
const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/**
 * On Node 20 node-opcua makes a 4096-bit key at every start, to warn where an outdated policy (Basic128Rsa15) has been switched off.
 * This agent does not offer that policy, and the key costs a second of processor.
 */
const withoutKeyTrial = {
  name: 'without-key-trial',
  load: (id: string) => (id.endsWith('/verify_pcks1.js') ? 'export async function testRSAPKCS1V15_EncryptDecrypt() {}' : null),
};

/** The client's library with the class of its transport, from which agent/sources/opcua/transport.ts derives its own. */
const withTransport = {
  name: 'with-transport',
  load: (id: string) =>
    id.endsWith('/node-opcua-client/dist/index.js')
      ? `${readFileSync(id, 'utf8')}\nexports.ClientTCP_transport = require('node-opcua-transport').ClientTCP_transport;\n`
      : null,
};

async function agent(): Promise<readonly OutputChunk[]> {
  const outside = Object.keys(manifestOf(packageRoot).dependencies).filter((name) => !BUNDLED.includes(name));
  const input = Object.fromEntries(['main', ...ENTRIES].map((entry) => [entry, join(packageRoot, 'agent', `${entry}.ts`)]));
  return bundle(
    { input, external: (id) => outside.some((name) => id === name || id.startsWith(`${name}/`)) },
    // Chunks lie beside main.js: see agent/platform/entries.ts.
    { dir: join(packageRoot, 'dist', 'bundle'), format: 'esm', cleanDir: true, chunkFileNames: '[name]-[hash].js' },
  );
}

/** The library's code is compiled in a process of its own, which has run nothing else. */
async function library(name: string): Promise<readonly OutputChunk[]> {
  const input = fileURLToPath(import.meta.resolve(name));
  // proper-lockfile is an optional peer that nobody has installed.
  const options = { input, plugins: [withoutKeyTrial, withTransport], external: ['proper-lockfile'] };
  const chunks = await bundle(options, { file: libraryFile(name), format: 'cjs' });
  rmSync(codeFile(name), { force: true });
  execFileSync(process.execPath, [fileURLToPath(import.meta.url), name]);
  return chunks;
}

async function bundle(input: InputOptions, output: OutputOptions): Promise<readonly OutputChunk[]> {
  const build = await rolldown({ cwd: packageRoot, platform: 'node', ...input });
  const written = await build.write({ comments: { legal: true, annotation: false, jsdoc: false }, ...output });
  await build.close();
  return written.output.filter((file) => file.type === 'chunk');
}

/** Folders of the packages that went in. */
function packagesOf(chunks: readonly OutputChunk[]): readonly string[] {
  const folders = chunks
    .flatMap(({ moduleIds }) => moduleIds)
    .flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

function licenceOf(folder: string): string {
  const { name, version, license } = manifestOf(folder);
  const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  return [`${name} ${version}: ${license}`, ...texts.map((file) => readFileSync(join(folder, file), 'utf8').trim())].join('\n\n');
}

/** By their contents, the packages that come with the agent: agent/inference/proofs.ts trusts them as it trusts the agent's code. */
async function shippedPackages(): Promise<readonly string[]> {
  const folder = join(packageRoot, 'models');
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'manifest.yaml')));
  return Promise.all(names.map(async (name) => contentsOf(await readManifest(join(folder, name)))));
}

const [only] = process.argv.slice(2);
if (only === undefined) {
  const chunks = [...(await agent()), ...(await Promise.all(PRECOMPILED.map(library))).flat()];
  const licences = packagesOf(chunks).filter((folder) => existsSync(join(folder, 'package.json')));
  writeFileSync(join(packageRoot, 'dist', 'libraries', 'licences.txt'), `${licences.map(licenceOf).join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);
  writeFileSync(shippedFile, JSON.stringify(await shippedPackages()));
} else {
  writeFileSync(codeFile(only), precompiled(only).script.createCachedData());
}
