import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OpcuaServerConfig } from '#agent/config/schema.js';
import { Secret } from '#agent/contracts/index.js';
import { createTagServer } from '#agent/sources/opcua/server.js';
import { approve, approveFile, listRejected, listTrusted } from '#agent/sources/opcua/trust.js';
import { systemClock } from '#agent/time.js';
import { config, tag } from '../contracts/tag-server-rig.ts';
import { type OpcuaServerKind, type OpcuaSimulator, startOpcuaServer } from '../simulators/opcua.ts';
import { live, TagRecorder } from '../simulators/tag-recorder.ts';

const SECURITIES: readonly OpcuaServerConfig['security'][] = [
  { mode: 'Sign', policy: 'Basic256Sha256' },
  { mode: 'SignAndEncrypt', policy: 'Basic256Sha256' },
  { mode: 'Sign', policy: 'Aes256_Sha256_RsaPss' },
  { mode: 'SignAndEncrypt', policy: 'Aes256_Sha256_RsaPss' },
];
const ENCRYPTED: OpcuaServerConfig['security'] = { mode: 'SignAndEncrypt', policy: 'Basic256Sha256' };
const tags = { Serial: tag('Serial'), Verdict: tag('Verdict', { writable: true }) };
const technician = { name: 'lineside', password: new Secret('secret') };

describe.each<OpcuaServerKind>(['asyncua', 'node-opcua'])('security at %s', (kind) => {
  let folder: string;
  let pki: string;
  let plc: OpcuaSimulator;
  let recorder: TagRecorder;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lineside-pki-'));
    pki = join(folder, 'agent');
    plc = await startOpcuaServer(kind, { pki: folder, users: { lineside: 'secret' } });
  });
  afterAll(async () => {
    await plc.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    recorder = new TagRecorder();
  });

  const server = (more: Partial<OpcuaServerConfig> = {}) =>
    createTagServer('plc', config(plc.endpoint, { tags, security: ENCRYPTED, user: technician, silence: 4000, ...more }), {
      pki,
      clock: systemClock,
    });
  const faultOf = (more: Partial<OpcuaServerConfig> = {}) => live(server(more), recorder).over;

  test('an unknown certificate is refused with its fingerprint until a person approves it', async () => {
    const fault = await faultOf();
    expect(fault).toMatchObject({ code: 'OPCUA_UNTRUSTED', details: { server: 'plc' } });
    const [rejected] = await listRejected(pki);
    expect(rejected?.fingerprint).toBe(fault?.details['fingerprint']);
    expect(rejected?.applicationUri).toBe(`urn:lineside:test:${kind}`);
    expect((await faultOf())?.code).toBe('OPCUA_UNTRUSTED');
    expect(await listRejected(pki)).toHaveLength(1);

    const shown = (rejected?.fingerprint ?? '').slice(0, 16).toUpperCase().replace(/../g, '$&:').slice(0, -1);
    expect(await approve(pki, shown)).toEqual(rejected);
    expect(await listRejected(pki)).toEqual([]);
    expect(await listTrusted(pki)).toEqual([rejected]);
    await expect(approve(pki, shown)).rejects.toMatchObject({ code: 'USAGE' });
  });

  test.each(SECURITIES)('$mode with $policy reads and writes', async (security) => {
    const tagServer = server({ security });
    const life = live(tagServer, recorder);
    await Promise.race([recorder.until(() => recorder.onlines > 0), life.over]);
    expect(recorder.ends).toEqual([]);
    await plc.set({ Serial: security.policy });
    await recorder.value('Serial', security.policy);
    expect(await tagServer.write([{ tag: 'Verdict', value: 2 }], 4000)).toEqual([null]);
    expect(tagServer.certificateDaysLeft()).toEqual({ own: expect.any(Number), plc: expect.any(Number) });
    expect(tagServer.certificateDaysLeft()['own']).toBeGreaterThan(7000);
    expect(await life.stop()).toBeNull();
  });

  test('the agent keeps its certificate, and its key to itself', async () => {
    expect((await stat(join(pki, 'own', 'identity.pem'))).mode & 0o077).toBe(0);
    const before = await readFile(join(pki, 'own', 'certificate.der'));
    const life = live(server(), recorder);
    await recorder.until(() => recorder.onlines > 0);
    await life.stop();
    expect(await readFile(join(pki, 'own', 'certificate.der'))).toEqual(before);
    expect((await readdir(join(pki, 'own'))).sort()).toEqual(['certificate.der', 'identity.pem']);
  });

  test('a wrong password, an unknown user and nobody are refused', async () => {
    for (const user of [
      { ...technician, password: new Secret('wrong') },
      { ...technician, name: 'nobody' },
    ]) {
      expect(await faultOf({ user })).toMatchObject({ code: 'OPCUA_USER', category: 'config' });
    }
    const { user: _, ...anonymous } = config(plc.endpoint, { tags, security: ENCRYPTED, silence: 4000 });
    const fault = await live(createTagServer('plc', anonymous, { pki, clock: systemClock }), recorder).over;
    expect(fault?.code).toBe('OPCUA_USER');
    expect(JSON.stringify(recorder.ends)).not.toContain('wrong');
    expect(JSON.stringify(recorder.logged)).not.toContain('wrong');
  });

  test('a server that closes the channel when it sees our certificate: what to carry there, with its path and thumbprint', async () => {
    const gate = await closingAtOurCertificate(plc.port);
    try {
      const endpoint = `opc.tcp://127.0.0.1:${gate.port}/line`;
      const fault = await live(
        createTagServer('plc', config(endpoint, { tags, security: ENCRYPTED }), { pki, clock: systemClock }),
        recorder,
      ).over;
      const file = join(pki, 'own', 'certificate.der');
      const { fingerprint: sha1 } = new X509Certificate(await readFile(file));
      expect(fault?.code).toBe('OPCUA_DISTRUSTED');
      expect(fault?.next).toContain(file);
      expect(fault?.next).toContain(sha1.replaceAll(':', ''));
    } finally {
      await gate.close();
    }
  });

  test('a server that offers no such security is refused, with what it offers', { timeout: 90_000 }, async () => {
    const open = await startOpcuaServer(kind);
    try {
      const fault = await live(
        createTagServer('plc', config(open.endpoint, { tags, security: ENCRYPTED }), { pki, clock: systemClock }),
        recorder,
      ).over;
      expect(fault?.code).toBe('OPCUA_REFUSED');
      expect(fault?.message).toContain('it does not offer SignAndEncrypt Basic256Sha256, only None None');
    } finally {
      await open.stop();
    }
  });

  test('another certificate at the same address is not trusted', { timeout: 90_000 }, async () => {
    const other = await mkdtemp(join(tmpdir(), 'lineside-pki-'));
    await plc.kill();
    await plc.start({ pki: other });
    try {
      expect((await faultOf())?.code).toBe('OPCUA_UNTRUSTED');
      const [shown] = await listRejected(pki);
      const file = await readFile(join(pki, 'rejected', 'plc', `${shown?.fingerprint}.der`));
      expect(await approveFile(pki, 'plc', file)).toEqual(shown);
      expect(await listRejected(pki)).toEqual([]);
      const life = live(server(), recorder);
      await recorder.until(() => recorder.onlines > 0);
      expect(await life.stop()).toBeNull();
    } finally {
      await plc.kill();
      await rm(other, { recursive: true, force: true });
    }
  });
});

/** As open62541 and Milo do it: the connection is gone as soon as a certificate came that is not on the server's list. */
async function closingAtOurCertificate(target: number): Promise<{ port: number; close(): Promise<void> }> {
  const gate = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    const drop = () => [client, server].map((socket) => socket.destroy());
    client.on('data', (bytes) => {
      if (bytes.includes('OPNF') && bytes.includes('#Basic256Sha256')) drop();
      else server.write(bytes);
    });
    server.on('data', (bytes) => client.write(bytes));
    for (const socket of [client, server]) socket.on('error', drop).on('close', drop);
  }).listen(0, '127.0.0.1');
  await once(gate, 'listening');
  return {
    port: (gate.address() as AddressInfo).port,
    close: async () => {
      gate.close();
      await once(gate, 'close');
    },
  };
}
