/** `lineside password`: who may sign in on the page. Reads the password from the terminal or standard input, never from an argument. */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { loadConfig } from '../config/load.ts';
import { type Role, USER_NAME } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { AccessFile } from '../store/access-file.ts';
import { systemClock } from '../time.ts';
import { secretOf } from '../web/doors/passwords.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { onRecord } from './on-record.ts';
import { out, outJson, table } from './print.ts';

interface Options {
  readonly config: string;
  readonly store?: string;
  readonly role?: Role;
  readonly list?: boolean;
  readonly remove?: boolean;
  readonly json?: boolean;
}

export async function password(user: string, options: Options): Promise<ExitCode> {
  if (!USER_NAME.test(user)) throw new LinesideError('USAGE', { why: `'${user}' cannot be the name of a user` });
  const folder = await folderOf(options);
  if (options.list) return list(folder, options);
  return options.remove ? remove(folder, user, options) : set(folder, user, options);
}

async function folderOf({ config, store }: Options): Promise<string> {
  if (store !== undefined) return resolve(store);
  const loaded = await loadConfig(config, LENIENT);
  return resolve(loaded.base, loaded.config.store.path);
}

function using<T>(folder: string, work: (file: AccessFile) => T): T {
  const file = new AccessFile(folder);
  try {
    return work(file);
  } finally {
    file.close();
  }
}

function list(folder: string, { json }: Options): ExitCode {
  const users = using(folder, (file) => file.users());
  if (json) outJson(users);
  else
    out(
      table(
        ['user', 'role', 'since'],
        users.map(({ name, role, changedAt }) => [name, role, new Date(changedAt).toISOString()]),
      ),
    );
  return EXIT.ok;
}

function remove(folder: string, user: string, { json }: Options): ExitCode {
  const removed = using(folder, (file) => file.remove(user));
  if (!removed) throw new LinesideError('USAGE', { why: `there is no user ${user}; \`lineside password --list\` shows them` });
  onRecord(folder, { verb: 'remove_user', detail: { user } });
  if (json) outJson({ removed: user });
  else out(`${user} can no longer sign in.`);
  return EXIT.ok;
}

async function set(folder: string, user: string, { role: wanted, json }: Options): Promise<ExitCode> {
  const before = using(folder, (file) => ({ user: file.user(user), any: file.hasUsers() }));
  // Somebody has to be able to give roles, so the first is an admin.
  const role = wanted ?? before.user?.role ?? (before.any ? 'operator' : 'admin');
  const secret = await secretOf(await ask(user));
  using(folder, (file) => file.put({ name: user, role, secret, changedAt: systemClock.now() }));
  onRecord(folder, { verb: 'password', detail: { user, role } });
  if (json) outJson({ user, role });
  else out(`${user} can sign in as ${role}. Sessions of before have ended.`);
  return EXIT.ok;
}

async function ask(user: string): Promise<string> {
  if (!process.stdin.isTTY) return await fromPipe();
  const first = await typed(`Password for ${user}: `);
  if (first !== (await typed('Once more: '))) throw new LinesideError('USAGE', { why: 'the two passwords are not the same' });
  return first;
}

/** Longer than any that is taken. */
const MOST_BYTES = 4096;

/** The first line: `lineside password < file`, or a program that writes it. */
async function fromPipe(): Promise<string> {
  let text = '';
  for await (const piece of process.stdin) {
    text += String(piece);
    if (text.length > MOST_BYTES || text.includes('\n')) break;
  }
  return (text.split('\n', 1)[0] ?? '').replace(/\r$/, '');
}

/** Nothing of it is shown. */
function typed(question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    process.stderr.write(question);
    const nowhere = new Writable({ write: (_, __, done) => done() });
    const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
    lines.once('line', (line) => {
      process.stderr.write('\n');
      lines.removeAllListeners('close').close();
      resolve(line);
    });
    lines.once('close', () => reject(new LinesideError('USAGE', { why: 'no password was typed' })));
    lines.once('SIGINT', () => lines.close());
  });
}
