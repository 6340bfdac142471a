/**
 * Builds the page that the agent serves into dist/page, part of `npm run build`: files named after their contents, each also compressed as
 * well as it can be (RFC 9110, 8.4.1), so that the agent never compresses one while it judges.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';
import { build, type Plugin } from 'vite';
import solid from 'vite-plugin-solid';
import { packageRoot } from '../agent/platform/package-root.ts';
import { entriesOf } from './page/reference.ts';

const root = join(packageRoot, 'agent', 'web', 'page');
const outDir = join(packageRoot, 'dist', 'page');
/** Below this a compressed file saves no packet. */
const SMALL = 1000;

/** In the order in which Help shows them. */
const REFERENCE = ['errors', 'config', 'cli', 'deployment'];

/** `virtual:reference`: the documents of this very version, as the view Help shows them. */
const reference: Plugin = {
  name: 'reference',
  resolveId: (id) => (id === 'virtual:reference' ? `\0${id}` : null),
  load: (id) => {
    if (id !== '\0virtual:reference') return null;
    const pages = REFERENCE.map((page) => [page, readFileSync(join(packageRoot, 'docs', `${page}.md`), 'utf8')] as const);
    return `export default ${JSON.stringify(pages.flatMap(([page, text]) => entriesOf(page, text, REFERENCE)))}`;
  },
};

await build({
  root,
  configFile: false,
  logLevel: 'warn',
  plugins: [solid(), reference],
  worker: { format: 'es' },
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    // What is put into the page as data: addresses the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    license: { fileName: 'licences.md' },
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});

for (const name of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
  if (!/\.(html|js|css|svg|json)$/.test(name)) continue;
  const file = join(outDir, name);
  const bytes = readFileSync(file);
  if (bytes.length < SMALL) continue;
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [zlib.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
}
