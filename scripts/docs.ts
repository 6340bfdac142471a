/**
 * Writes everything that is generated from the code: `npm run docs`. With --check it writes nothing and ends with 1 where a file is
 * not what the code would write, so that no page can drift.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { payloadSchemas } from '../agent/publishers/documents.ts';
import { CAMERA_KINDS } from '../agent/runtime/catalogue.ts';
import { apiTypes } from './docs/api-types.ts';
import { configReference } from './docs/config-reference.ts';
import { configSchema } from './docs/config-schema.ts';
import { errorReference } from './docs/error-reference.ts';
import { questionReference } from './docs/question-reference.ts';
import { mutationPage, readEquivalents, readResults } from './mutation/results.ts';

// dist/scripts/docs.js: the repository is two folders up.
const root = fileURLToPath(new URL('../../', import.meta.url));

export interface GeneratedFile {
  /** From the top of the repository. */
  readonly path: string;
  readonly content: string;
}

/** Every generated file; another generator is another line. Reads what the last runs of the mutants found. */
export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  return [
    { path: 'config/schema.json', content: configSchema(CAMERA_KINDS) },
    { path: 'docs/config.md', content: configReference(CAMERA_KINDS) },
    { path: 'docs/errors.md', content: errorReference() },
    { path: 'docs/questions.md', content: questionReference() },
    { path: 'agent/web/page/api/answers.ts', content: await apiTypes() },
    { path: 'docs/mutation.md', content: mutationPage(readResults(root), readEquivalents(root)) },
    ...payloadSchemas().map(({ file, content }) => ({ path: `config/schemas/${file}`, content })),
  ];
}

/** Those that are not on the disk as the code would write them. */
export async function drifted(root: string): Promise<readonly GeneratedFile[]> {
  return (await generatedFiles()).filter(({ path, content }) => contentOf(join(root, path)) !== content);
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function main(check: boolean): Promise<number> {
  const files = await drifted(root);
  for (const { path, content } of files) {
    process.stderr.write(check ? `${path} is not what the code says; run \`npm run docs\`\n` : `${path} written\n`);
    if (check) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return check && files.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.includes('--check'));
