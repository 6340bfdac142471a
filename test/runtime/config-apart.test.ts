import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readConfigApart } from '#agent/runtime/config-apart.js';
import { systemClock } from '#agent/time.js';
import { scratch } from '../desk/evaluation/setup.ts';

const TEXT = `line: {enterprise: e, site: s, area: a, line: l}
mqtt: {url: "mqtt://127.0.0.1", username: u, password: "\${file:secret}"}
stations: {}
`;

it('a file that takes its time is left as soon as somebody stops', async () => {
  const base = scratch();
  // Nobody ever writes into it: whoever opens it waits.
  execFileSync('mkfifo', [join(base, 'secret')]);
  const stopping = new AbortController();
  const bounds: number[] = [];
  const clock = {
    ...systemClock,
    after: (ms: number, then: () => void) => {
      bounds.push(ms);
      // The child has the question: it is bounded from here on.
      if (ms === 120_000) stopping.abort();
      return systemClock.after(ms, then);
    },
  };
  await expect(readConfigApart({ text: TEXT, base }, {}, clock, stopping.signal)).rejects.toMatchObject({ code: 'STOPPING' });
  expect(bounds).toContain(120_000);
  await expect(readConfigApart({ text: TEXT, base }, {}, clock, stopping.signal)).rejects.toMatchObject({ code: 'STOPPING' });
});
