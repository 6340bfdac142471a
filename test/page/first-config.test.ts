/** A box without a config: its page asks its way to a first one, in a real browser in front of a real agent, a camera, a PLC and a broker. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { packageRoot } from '#agent/platform/package-root.js';
import { startAgent } from '../simulators/agent.ts';
import { type Broker, startBroker } from '../simulators/broker.ts';
import { freePort } from '../simulators/free-port.ts';
import { HttpCamera } from '../simulators/http-camera.ts';
import { type OpcuaSimulator, startOpcuaServer } from '../simulators/opcua.ts';
import { picture } from '../simulators/pictures.ts';
import { findings, type Screen, useBrowser, visit } from './browser.ts';

useBrowser();

const MAIN = join(packageRoot, 'dist', 'bundle', 'main.js');
const SCREENS: readonly Screen[] = ['panel', 'phone'];
const PASSWORD = 'correct horse';
const SECRET = 'battery staple';

let plc: OpcuaSimulator;
let camera: HttpCamera;
let broker: Broker;
const pki = mkdtempSync(join(tmpdir(), 'lineside-first-pki-'));
beforeAll(async () => {
  plc = await startOpcuaServer('node-opcua', { pki, users: { lineside: SECRET } });
  const auth = { scheme: 'digest', user: 'admin', password: SECRET } as const;
  camera = await new HttpCamera({ pictures: [await picture({ width: 64, height: 48 })], auth }).listen();
  broker = await startBroker({ users: { lineside: SECRET } });
}, 300_000);
afterAll(async () => {
  await Promise.all([plc?.stop(), camera?.close(), broker?.close()]);
  rmSync(pki, { recursive: true, force: true });
});

async function expectUsable(page: Page, where: string): Promise<void> {
  expect(await findings(page), where).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), where).toBe(0);
}
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['LINESIDE_PICTURES'];
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
const everything = (at: string): string =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('secrets'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');

function setPassword(store: string): void {
  const typed = { input: `${PASSWORD}\n`, encoding: 'utf8' } as const;
  const set = spawnSync(process.execPath, [MAIN, 'password', 'tess', '--role', 'technician', '--store', store], typed);
  expect(set.status, set.stderr).toBe(0);
}
async function signIn(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('tess');
  await dialog.getByLabel('Password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'detached' });
}
/** The code lies in a file of the agent's user on the box. */
async function signInWithCode(page: Page, store: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Write the code' }).click();
  await dialog.getByText('The code is in').waitFor();
  await dialog.getByLabel('One-time code').fill(readFileSync(join(store, 'web', 'one-time-code.txt'), 'utf8').trim());
  await dialog.getByLabel('New password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Set it and sign in' }).click();
  await dialog.waitFor({ state: 'detached' });
}

it.each(SCREENS)('leads from nothing to a line that judges (%s)', { timeout: 240_000 }, async (screen) => {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-first-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'line.yaml');
  const store = join(folder, 'lineside-data');
  // Nobody has a password yet: at the panel it is set there, with the one-time code.
  if (screen === 'phone') setPassword(store);
  const listen = `127.0.0.1:${await freePort()}`;
  const agent = startAgent(file, { env: { LINESIDE_LISTEN: listen } });
  onTestFinished(() => agent.kill());
  await agent.says(({ msg }) => msg === 'health and metrics are served', 'where it serves its page');
  const looks = screen === 'panel' ? 'light' : 'dark';
  const { page, strangers, complaints } = await visit(new URL(`http://${listen}`), '/', { screen, looks });

  // The first screen, before anything else. Who has not signed in is asked nothing.
  await page.getByRole('heading', { name: 'A first config' }).waitFor();
  expect(await page.getByLabel('Enterprise').count()).toBe(0);
  await expectUsable(page, 'before signing in');
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await (screen === 'phone' ? signIn(page) : signInWithCode(page, store));

  const main = page.getByRole('main');
  const next = page.getByRole('button', { name: 'Next' });
  const askIt = page.getByRole('button', { name: 'Ask it' });
  const heading = (name: string) => page.getByRole('heading', { name }).waitFor();
  await heading('1 of 5');
  expect(await next.isDisabled()).toBe(true);
  for (const [level, name] of [
    ['Enterprise', 'acme'],
    ['Site', 'dresden'],
    ['Area', 'castings'],
    ['Line', 'line3'],
    ['Name of the station, where parts are judged', 'outlet'],
  ] as const)
    await main.getByLabel(level, { exact: true }).fill(name);
  await page.reload();
  await expect.poll(() => main.getByLabel('Name of the station, where parts are judged').inputValue()).toBe('outlet');
  expect(await main.getByLabel('Enterprise', { exact: true }).inputValue()).toBe('acme');
  await shoot(page, `first-line-${screen}`);
  await expectUsable(page, 'line');
  await next.click();

  await heading('2 of 5');
  await page.getByLabel('Address of the camera').fill(camera.url('/snapshot'));
  await askIt.click();
  await page.getByText('401').first().waitFor();
  expect(await next.isDisabled()).toBe(true);
  await main.getByLabel('User').fill('admin');
  await main.getByLabel('Password').fill(SECRET);
  await askIt.click();
  await page.getByText('A picture came: 64 x 48').waitFor();
  await page.getByRole('img', { name: 'What camera top sees' }).waitFor();
  await expect.poll(() => page.evaluate('document.querySelector(".seen img").naturalWidth')).toBe(64);
  await shoot(page, `first-camera-${screen}`);
  await expectUsable(page, 'camera');
  // What has been answered is still there after a look at another view.
  await page.getByRole('navigation').getByRole('link', { name: 'Parts' }).click();
  await page.getByRole('heading', { name: 'Parts' }).waitFor();
  await page.goBack();
  await page.getByText('A picture came: 64 x 48').waitFor();
  await next.click();
  // After a reload all but the password is there, and no step is left before it has been typed again.
  await heading('3 of 5');
  await page.reload();
  await heading('2 of 5');
  await page.getByText('The page was loaded again, and keeps no password').waitFor();
  expect(await page.getByLabel('Address of the camera').inputValue()).toBe(camera.url('/snapshot'));
  expect(await main.getByLabel('User').inputValue()).toBe('admin');
  expect(await page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })')).not.toContain(SECRET);
  expect(await next.isDisabled()).toBe(true);
  await main.getByLabel('Password').fill(SECRET);
  await askIt.click();
  await page.getByText('A picture came: 64 x 48').waitFor();
  await next.click();

  await heading('3 of 5');
  await page.getByLabel('OPC UA address').fill(plc.endpoint);
  await askIt.click();
  await page.getByRole('button', { name: 'Trust its certificate' }).click();
  await page.getByText(/([0-9a-f]{4} ){15}[0-9a-f]{4}/).waitFor();
  await expectUsable(page, 'certificate');
  await page.getByRole('button', { name: 'Yes, trust it' }).click();
  await page.getByText('does not take the user').waitFor();
  await main.getByLabel('User').fill('lineside');
  await main.getByLabel('Password').fill(SECRET);
  await askIt.click();
  await page.getByText(/It shows \d+ variables; security SignAndEncrypt/).waitFor();
  // Proposed are those that are read; what is written has to be chosen.
  expect(await page.getByLabel('A part is there').inputValue()).toBe('nsu=urn:press;s=PartPresent');
  expect(await page.getByLabel('writes the verdict here').inputValue()).toBe('');
  expect(await page.getByLabel('which part the verdict is about').isDisabled()).toBe(true);
  await page.getByLabel('writes the verdict here').selectOption('nsu=urn:press;s=Verdict');
  await page.getByLabel('which part the verdict is about').selectOption('nsu=urn:press;s=VerdictPart');
  await shoot(page, `first-plc-${screen}`);
  await expectUsable(page, 'plc');
  await next.click();

  await heading('4 of 5');
  await page.getByLabel('Address of the broker').fill(broker.url);
  await main.getByLabel('User').fill('lineside');
  await main.getByLabel('Password').fill(SECRET);
  await askIt.click();
  await page.getByText('speaks MQTT 5').waitFor();
  await expectUsable(page, 'broker');
  await next.click();

  await heading('5 of 5');
  const text = page.getByRole('region', { name: 'The file' });
  await text.getByText('plc.part_present').waitFor();
  await shoot(page, `first-write-${screen}`);
  await expectUsable(page, 'write');
  await page.getByRole('button', { name: 'Write it and begin' }).click();
  await page.getByRole('button', { name: 'Write it now' }).click();
  await agent.says(({ msg }) => msg === 'the changed config runs', 'that it judges');
  // To the line, by itself.
  await page.locator('[data-station="outlet"]').waitFor();
  expect(new URL(page.url()).pathname).toBe('/');
  const written = readFileSync(file, 'utf8');
  for (const piece of ['counter: plc.counter', 'verdict: plc.verdict', 'part: plc.verdict_part', 'username: "lineside"'])
    expect(written).toContain(piece);
  expect(readdirSync(join(store, 'secrets')).sort()).toEqual(['broker', 'camera-top', 'plc']);
  expect(everything(folder)).not.toMatch(/battery( |%20)staple/);
  // While one agent went and the next one came, nobody answered.
  expect([strangers, complaints.filter((text) => !text.includes('net::ERR_'))]).toEqual([[], []]);
});
