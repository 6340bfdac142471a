import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { linesideIn } from './setup.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'lineside-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lineside = (...args: readonly string[]) => linesideIn({ cwd: folder }, ...args);
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return name;
};

const GOOD = `line: {enterprise: acme, site: dresden, area: castings, line: line3}
mqtt: {url: "mqtt://127.0.0.1:1"}
cameras:
  top: {url: "sim://press", period: 200ms}
stations:
  outlet:
    trigger: {camera: top}
    models: {surface: {model: surface-defect}}
`;

describe('the command line', () => {
  it.each([
    ['--help'],
    ['run', '--help'],
    ['demo', '--help'],
    ['check', '--help'],
    ['models', 'verify', '--help'],
    ['models', 'evaluate', '--help'],
    ['export', '--help'],
    ['bench', '--help'],
  ])('helps with %j', (...args) => {
    const { status, stdout } = lineside(...args);
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: lineside');
    if (args.length > 1) expect(stdout).toMatch(/Examples:|Options:/);
  });

  it.each([[[]], [['nonsense']], [['run', '--nonsense']], [['export', '--from', 'yesterday']], [['bench', '--rounds', '-1']]])(
    'ends with 2 for %j',
    (args) => {
      expect(lineside(...args).status).toBe(2);
    },
  );

  it.each([
    [['export', '--station', 'outlet', 'labels', '--to', 'set'], '--station before `labels`'],
    [['export', '--format', 'csv', 'labels', '--to', 'set'], '--format before `labels`'],
    [['export', '--store', '.', 'labels', '--to', 'set'], '--store before `labels`'],
  ])('takes no option that would count for nothing: %j', (args, why) => {
    const { status, stderr } = lineside(...args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(why) });
    expect(existsSync(join(folder, 'set'))).toBe(false);
  });

  it('knows an option of the command before from one in the environment', () => {
    const { status, stderr } = linesideIn({ cwd: folder, env: { LINESIDE_CONFIG: 'nowhere.yaml' } }, 'export', 'labels', '--to', 'set');
    expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringContaining('nowhere.yaml') });
  });

  it('is quiet when whoever reads it goes away', () => {
    const command = `"${process.execPath}" "${join(root, 'dist', 'bundle', 'main.js')}" --help | true`;
    const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('says what it is', () => {
    expect(lineside('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('check', () => {
  it('tells every fault with its line and a mark under the place, and ends with 3', () => {
    const file = write('bad.yaml', GOOD.replace('trigger: {camera: top}', 'trigger: {camera: topp}\n    deadline: 200'));
    const { status, stdout } = lineside('check', '--config', file, '--offline');
    expect(status).toBe(3);
    expect(stdout).toContain(`${file}:7:23: `);
    expect(stdout).toContain('did you mean');
    expect(stdout).toContain(`${file}:8:15: `);
    expect(stdout).toContain('200ms');
  });

  it('gives the same to a script', () => {
    const file = write('bad2.yaml', 'line: {}\n');
    const { status, stdout } = lineside('check', '--config', file, '--json');
    expect(status).toBe(3);
    const result = JSON.parse(stdout);
    expect(result.ok).toBe(false);
    expect(result.faults.length).toBeGreaterThan(1);
    expect(result.faults[0]).toMatchObject({ line: expect.any(Number), column: expect.any(Number), text: expect.any(String) });
  });

  it('lists the topics that will appear without connecting anywhere', () => {
    const { status, stdout } = lineside('check', '--config', write('good.yaml', GOOD), '--offline', '--json');
    expect(status).toBe(0);
    const base = 'lineside/v1/acme/dresden/castings/line3';
    const { topics } = JSON.parse(stdout);
    expect(topics).toEqual(expect.arrayContaining([`${base}/outlet/quality`, `${base}/outlet/model`, `${base}/outlet/alarm/+`]));
    // All that is no station's: cameras, servers, models, the journal.
    expect(topics).toContainEqual(expect.stringMatching(/_agent\/[^/]+\/alarm\/#$/));
  });

  it('finds no fault in the file that the README shows, wherever it lies', () => {
    const [, shown = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
    const file = write('shown.yaml', shown.replace('${file:/run/secrets/mqtt}', '${env:PLC_PASSWORD}'));
    const { status, stderr } = linesideIn({ cwd: folder, env: { PLC_PASSWORD: 'secret' } }, 'check', '--config', file, '--offline');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  // Proves a network of its real size, whatever else the box does.
  it('asks everything that the config names, says what does not answer, and ends with 5', { timeout: 120_000 }, () => {
    const { status, stdout } = lineside('check', '--config', write('good.yaml', GOOD), '--json');
    expect(status).toBe(5);
    const answers = Object.fromEntries(JSON.parse(stdout).answers.map((a: { what: string; ok: boolean; detail: string }) => [a.what, a]));
    expect(answers['camera top'].detail).toMatch(/^\d+ x \d+ (mono8|rgb8)$/);
    expect(answers['model surface-defect'].ok).toBe(true);
    expect(answers.mqtt).toMatchObject({ ok: false, detail: expect.stringContaining('MQTT_UNREACHABLE') });
  });

  it('says that a file is not there', () => {
    const { status, stderr } = lineside('check', '--config', 'none.yaml');
    expect(status).toBe(3);
    expect(stderr).toContain('CONFIG_UNREADABLE');
  });
});

describe('run', () => {
  it('does not start on a broken config, and says why', () => {
    const { status, stderr } = lineside(
      'run',
      '--no-page',
      '--config',
      write('bad3.yaml', GOOD.replace('model: surface-defect', 'model: surface-defekt')),
    );
    expect(status).toBe(3);
    expect(stderr).toContain('surface-defect');
  });

  it.each([['run', '--config', 'good.yaml'], ['demo']])('tells %s which log levels there are', (...args) => {
    write('good.yaml', GOOD);
    const { status, stderr } = linesideIn({ cwd: folder, env: { LINESIDE_LOG: 'verbose' } }, ...args);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/LINESIDE_LOG is verbose; the levels are fatal, .*debug/),
    });
  });
});

describe('models', () => {
  it('lists the packages with their figures', () => {
    const { status, stdout } = lineside('models', 'list');
    expect(status).toBe(0);
    expect(stdout).toMatch(/surface-defect\s+\d+\.\d+\.\d+\s+classify\s+fp32\s+auroc/);
    expect(JSON.parse(lineside('models', 'list', '--json').stdout).map((m: { name: string }) => m.name)).toContain('process-attention');
  });

  // Thirty networks: eleven seconds with the box to itself, half a minute beside a training.
  it('verifies hashes and goldens of every variant on this box', { timeout: 120_000 }, () => {
    const { status, stdout } = lineside('models', 'verify', '--json');
    expect(status).toBe(0);
    const { ok, packages } = JSON.parse(stdout);
    expect(ok).toBe(true);
    for (const { variants } of packages)
      for (const variant of variants) expect(variant).toMatchObject({ ok: true, provider: { used: 'cpu' } });
  });

  it('needs no passwords to say what lies on this box', { timeout: 120_000 }, () => {
    const broker = 'mqtt: {url: "mqtt://127.0.0.1:1", username: line3, password: "${file:nobody-has-it}"}';
    const file = write('secret.yaml', `${GOOD.replace(/^mqtt: .*$/m, broker)}store: {path: ./no-store}\n`);
    expect(lineside('check', '--offline', file)).toMatchObject({ status: 3, stdout: expect.stringContaining('nobody-has-it') });
    expect(lineside('models', 'list', '--config', file)).toMatchObject({ status: 0, stdout: expect.stringContaining('surface-defect') });
    expect(lineside('models', 'verify', 'demo-surface', '--config', file)).toMatchObject({ status: 0, stderr: '' });
    const onPictures = lineside('models', 'compare', 'demo-surface', '@fp32', '--config', file, '--on', 'no-pictures').stderr;
    const onStation = lineside('models', 'select', 'demo-surface', '--station', 'nowhere', '--config', file).stderr;
    const ofOutbox = lineside('outbox', 'list', '--config', file).stderr;
    expect([onPictures, onStation, ofOutbox].join('\n')).not.toContain('nobody-has-it');
    expect(onStation).toContain('no station nowhere');
    expect(ofOutbox).toContain('no-store');
  });

  it('evaluates only where it is told what and on what', () => {
    const nowhere = join(folder, 'no-data');
    expect(lineside('models', 'evaluate').status).toBe(2);
    expect(lineside('models', 'evaluate', 'demo-surface')).toMatchObject({ status: 2, stderr: expect.stringContaining('no evaluation') });
    const missing = lineside('models', 'evaluate', 'surface-defect', '--data', nowhere, '--json');
    expect(missing).toMatchObject({ status: 6, stdout: '', stderr: expect.stringContaining(`DATA_MISSING`) });
    expect(missing.stderr).toContain('LINESIDE_DATA');
  });

  it('ends with 4 for a package that is refused', { timeout: 120_000 }, () => {
    const broken = join(root, 'test', 'fixtures', 'models');
    const { status, stdout } = lineside('models', 'verify', '--models', broken, '--json');
    expect(status).toBe(4);
    expect(JSON.parse(stdout).ok).toBe(false);
  });
});
