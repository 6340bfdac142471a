import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { deletePicture, pictureFile } from '#agent/store/picture-files.js';
import { build, cleanUp, entry, folder, frame, open } from './setup.ts';

const LATER = { timeout: 10_000 };
const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

describe('the files of the store', () => {
  it('are their owner’s alone, those that were there before included', async () => {
    const path = folder();
    chmodSync(path, 0o755);
    writeFileSync(join(path, 'journal.db'), '', { mode: 0o644 });
    const { store } = await open({ path });
    const part = entry(1);
    const appended = store.journal.append(part);
    store.journal.keepImage(part.inspection.id, { role: 'frame', frame: frame().frame });
    await appended;
    await expect.poll(() => store.stats().pictures.kept, LATER).toBe(1);
    expect(modeOf(path)).toBe('700');
    for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
      const file = join(path, name);
      expect([name, modeOf(file)]).toEqual([name, statSync(file).isDirectory() ? '700' : '600']);
    }
  });
});

const HOLD = `
import fcntl, os, sys, time
os.setuid(int(sys.argv[2]))
f = open(sys.argv[1])
fcntl.lockf(f, fcntl.LOCK_SH)
print('held', flush=True)
time.sleep(60)`;

/** A process of this user that holds a lock on the file. */
async function holdLock(file: string, uid: number): Promise<void> {
  const child = spawn('python3', ['-c', HOLD, file, String(uid)], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUp(() => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) if (line === 'held') return;
}

describe.skipIf(process.getuid?.() !== 0)('a lock on the store', () => {
  it('of another user, from when the file was everybody’s, does not stop the start', async () => {
    const path = folder();
    chmodSync(path, 0o755);
    writeFileSync(join(path, 'agent.lock'), '', { mode: 0o644 });
    await holdLock(join(path, 'agent.lock'), 65_534);
    const { store } = await open({ path });
    await store.journal.append(entry(1));
    // And the new one holds.
    await expect(build({ path }).store.start()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  });

  it('of the same user does', async () => {
    const path = folder();
    writeFileSync(join(path, 'agent.lock'), '');
    await holdLock(join(path, 'agent.lock'), 0);
    await expect(build({ path }).store.start()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  });
});

describe('the path of a picture', () => {
  it.each([
    '../outside.jpg',
    'images/../../outside.jpg',
    'images/outlet/../../../outside.jpg',
    '/etc/passwd',
    'images/outlet/2027-01-01/.hidden',
    'images/outlet/2027-01-01',
    'journal.db',
    'images//outlet/x.jpg',
    '',
  ])('%j is none', (path) => {
    const home = folder();
    mkdirSync(join(home, 'images/outlet/2027-01-01'), { recursive: true });
    expect(pictureFile(home, path)).toBeNull();
  });

  it('is one under the folder, and leads nowhere else by a link', () => {
    const home = folder();
    const outside = folder();
    mkdirSync(join(home, 'images/outlet/2027-01-01'), { recursive: true });
    symlinkSync(outside, join(home, 'images/outlet/2027-01-02'));
    writeFileSync(join(outside, 'a.jpg'), 'keep');
    writeFileSync(join(home, 'images/outlet/2027-01-01/a.jpg'), 'delete');
    deletePicture(home, 'images/outlet/2027-01-02/a.jpg');
    deletePicture(home, 'images/outlet/2027-01-01/a.jpg');
    expect(readdirSync(outside)).toEqual(['a.jpg']);
    expect(readdirSync(join(home, 'images/outlet/2027-01-01'))).toEqual([]);
    rmSync(join(home, 'images'), { recursive: true });
  });
});
