import { expect, test } from 'vitest';
import { LinesideError } from '#agent/errors.js';
import { explain, sessionFault } from '#agent/sources/opcua/faults.js';
import { within } from '#agent/sources/opcua/within.js';
import { ManualClock } from '../simulators/clock.ts';

const never = new Promise<never>(() => {});
const fault = () => new LinesideError('TIMEOUT', { what: 'it', ms: 100 });

test('the work wins when it is first, and leaves no timer', async () => {
  const clock = new ManualClock();
  expect(await within(Promise.resolve(5), { clock, ms: 100, fault })).toBe(5);
  await expect(within(Promise.reject(new Error('no')), { clock, ms: 100, fault })).rejects.toThrow('no');
  expect(clock.pending).toBe(0);
});

test('the fault comes when the time is up', async () => {
  const clock = new ManualClock();
  const waiting = within(never, { clock, ms: 100, fault });
  const seen = expect(waiting).rejects.toMatchObject({ code: 'TIMEOUT' });
  await clock.advance(100);
  await seen;
});

test('an abort comes at once, also when it was there before', async () => {
  const clock = new ManualClock();
  const abort = new AbortController();
  const waiting = within(never, { clock, ms: 100, fault, signal: abort.signal });
  abort.abort(new Error('stop'));
  await expect(waiting).rejects.toThrow('stop');
  await expect(within(never, { clock, ms: 100, fault, signal: abort.signal })).rejects.toThrow('stop');
});

test.each([
  ['BadUserAccessDenied (0x801f0000)', 'OPCUA_USER', 'BadUserAccessDenied'],
  [
    'Cannot find USERNAME user token policy in end point description',
    'OPCUA_USER',
    'Cannot find USERNAME user token policy in end point description',
  ],
  ['server Certificate verification failed with err BadCertificateUntrusted', 'OPCUA_REFUSED', 'BadCertificateUntrusted'],
  ['connect ECONNREFUSED 127.0.0.1:4840', 'OPCUA_UNREACHABLE', 'ECONNREFUSED'],
  ['getaddrinfo ENOTFOUND plc', 'OPCUA_UNREACHABLE', 'ENOTFOUND'],
  ['BadTooManySessions', 'OPCUA_FULL', 'BadTooManySessions'],
  ['the socket\nwas closed', 'OPCUA_UNREACHABLE', 'the socket'],
])('%s is %s', (text, code, why) => {
  const fault = sessionFault('plc', new Error(text));
  expect(fault).toMatchObject({ code, details: { server: 'plc', why } });
  expect(fault.next).not.toMatch(/[{}]/);
  expect(explain(text)).toBe(why);
});

test.each(['BadCertificateUntrusted', 'BadSecurityChecksFailed'])('%s is about our certificate, where the channel shows one', (text) => {
  const own = { certificate: 'pki/own.pem', thumbprint: 'AB12' };
  expect(sessionFault('plc', new Error(text), own)).toMatchObject({ code: 'OPCUA_DISTRUSTED', details: own });
  const without = sessionFault('plc', new Error(text));
  expect(without).toMatchObject({ code: 'OPCUA_REFUSED', details: { server: 'plc', why: text } });
  expect(without.next).not.toMatch(/[{}]/);
});

test('a fault of the table stays what it is', () => {
  const known = new LinesideError('OPCUA_SILENT', { server: 'plc', seconds: 3 });
  expect(sessionFault('plc', known)).toBe(known);
});
