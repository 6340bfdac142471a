/**
 * `lineside init`: asks its way to a first config, tries each address that is named at once, writes the file with comments, and has it checked.
 * By flags and --yes for scripts. Asks nobody on the network whom the technician has not named.
 */
import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { intro, outro } from '@clack/prompts';
import { createFile, replaceFile } from '../config/replace.ts';
import type { Answers, TypedSecrets } from '../contracts/first-config.ts';
import { LinesideError, messageOf } from '../errors.ts';
import { FirstConfig } from '../runtime/first-config/first-config.ts';
import { systemClock } from '../time.ts';
import { asJson, type Checked, codeOf, examine, report } from './check.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { type InitOptions, mustBeRight, pathInFile } from './init/options.ts';
import { createLog } from './log.ts';
import { out, outJson } from './print.ts';

export async function init(options: InitOptions): Promise<ExitCode> {
  const file = resolve(options.out);
  const base = dirname(file);
  if (!options.force && (await isThere(file))) throw new LinesideError('CONFIG_EXISTS', { file: options.out });
  await canMakeFiles(base);
  const { store, models } = options;
  const desk = new FirstConfig({
    base,
    store: store === undefined ? (process.env['STATE_DIRECTORY']?.split(':')[0] ?? 'lineside-data') : pathInFile(store, base),
    models: models === undefined ? undefined : pathInFile(models, base),
    clock: systemClock,
    log: createLog({ level: 'fatal' }),
    env: process.env,
  });
  if (options.yes) return byFlags(desk, file, options);
  if (options.json) throw new LinesideError('USAGE', { why: '--json answers a script: say --yes too, and name everything by flags' });
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new LinesideError('USAGE', { why: 'there is no terminal to ask at; say --yes, and name everything by flags' });
  return atTerminal(desk, file, options);
}

/** Before anything is asked: the file is made at the end, and beside the one that it replaces. Rejects with USAGE. */
async function canMakeFiles(folder: string): Promise<void> {
  try {
    // With the dot at the end a file is no folder.
    await access(`${folder}/.`, constants.W_OK | constants.X_OK);
  } catch (thrown) {
    throw new LinesideError('USAGE', { why: `--out: nothing can be written to ${folder} (${messageOf(thrown)})` }, { cause: thrown });
  }
}

async function byFlags(desk: FirstConfig, file: string, options: InitOptions): Promise<ExitCode> {
  const { scripted } = await import('./init/scripted.ts');
  const { answers, tried, proposals } = await scripted(desk, options);
  await write(desk, file, { answers, secrets: {}, force: options.force ?? false });
  const kept = desk.secretFiles(answers);
  const checked = await examine(options.out);
  const next = nextCommands(options.out, checked);
  if (options.json) outJson({ file, tried, proposals, tags: answers.plc?.tags ?? {}, secrets: kept, check: asJson(checked), next });
  else {
    for (const { what, ok, detail, next: mend } of tried) out(`${what}: ${ok ? detail : `no. ${detail} ${mend ?? ''}`.trimEnd()}`);
    for (const secret of kept) out(`A password lies in ${secret}, for this user alone.`);
    out(`${options.out} is written.\n`);
    await report(checked);
    out(nextText(next));
  }
  return codeOf(checked);
}

async function atTerminal(desk: FirstConfig, file: string, options: InitOptions): Promise<ExitCode> {
  const { confirmed, converse } = await import('./init/conversation.ts');
  const { UNWRITTEN } = await import('./init/prompts.ts');
  intro('A first config for this gateway. Nobody on the network is asked but the addresses that you name.');
  const { answers, secrets } = await converse(desk, options);
  if (!(await confirmed(options.out, desk.secretFiles(answers)))) {
    outro(UNWRITTEN);
    return EXIT.ok;
  }
  await write(desk, file, { answers, secrets, force: options.force ?? false }).catch((thrown: unknown) => {
    outro(UNWRITTEN);
    throw thrown;
  });
  outro(`${options.out} is written. What comes of it:`);
  const checked = await examine(options.out);
  await report(checked);
  out(nextText(nextCommands(options.out, checked)));
  return codeOf(checked);
}

interface Written {
  readonly answers: Answers;
  readonly secrets: TypedSecrets;
  readonly force: boolean;
}

/** The secrets first: a config whose passwords are missing would be a broken one. */
async function write(desk: FirstConfig, file: string, { answers, secrets, force }: Written): Promise<void> {
  await mustBeRight(desk, answers);
  await desk.keep(answers, secrets);
  const text = desk.text(answers);
  if (force && (await isThere(file))) await replaceFile(file, text);
  else await createFile(file, text);
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

function nextCommands(file: string, checked: Checked): readonly string[] {
  const again = checked.ok ? [] : [`lineside check ${file}`];
  return [...again, `lineside run ${file}`, `lineside password --config ${file}`];
}

const nextText = (commands: readonly string[]): string =>
  `\nNext:\n${commands.map((command) => `  ${command.padEnd(44)} ${MEANS[command.split(' ')[1] ?? ''] ?? ''}`.trimEnd()).join('\n')}`;
const MEANS: Readonly<Record<string, string>> = {
  check: 'when what does not answer yet should do so',
  run: 'the agent, with its page on http://127.0.0.1:8088',
  password: 'who may change things on the page',
};
