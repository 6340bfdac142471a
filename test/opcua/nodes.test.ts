import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import type { Library } from '#agent/sources/opcua/library.js';
import { nodeText, resolveNode } from '#agent/sources/opcua/nodes.js';

const ua: Library = createRequire(import.meta.url)('node-opcua-client');
const NAMESPACES = ['http://opcfoundation.org/UA/', 'urn:server', 'urn:press', 'urn:odd;100%'];
const resolved = (text: string) => resolveNode(ua, text, NAMESPACES)?.toString() ?? null;

test.each([
  ['i=2258', 'ns=0;i=2258'],
  ['ns=2;i=5', 'ns=2;i=5'],
  ['ns=7;s=Anywhere', 'ns=7;s=Anywhere'],
  ['nsu=urn:press;s=Die.Temp', 'ns=2;s=Die.Temp'],
  ['nsu=urn:press;s="DB1"."a;b=c"', 'ns=2;s="DB1"."a;b=c"'],
  ['nsu=urn:odd%3B100%25;s=x', 'ns=3;s=x'],
  ['nsu=urn:press;g=72962B91-FA75-4AE6-8D28-B404DC7DAF63', 'ns=2;g=72962B91-FA75-4AE6-8D28-B404DC7DAF63'],
  ['nsu=urn:press;b=yv4=', 'ns=2;b=yv4='],
])('%s is %s here', (text, expected) => {
  expect(resolved(text)).toBe(expected);
});

test.each(['nsu=urn:nowhere;s=x', 'nsu=urn:press', 's=', 'x=5', '', 'g=no-guid', 'i=five'])('%s is no node of this server', (text) => {
  expect(resolved(text)).toBeNull();
});

test('a node is told in the form that the config takes', () => {
  for (const text of ['i=2258', 'nsu=urn:press;s=Die.Temp', 'nsu=urn:odd%3B100%25;i=5', 'ns=9;s=unlisted']) {
    const node = resolveNode(ua, text, NAMESPACES);
    expect(node && nodeText(node, NAMESPACES)).toBe(text);
  }
});
