import { execFileSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { childrenOf } from '#scripts/support/processes.js';
import { type Line, startLine, stationOf } from '../integration/line.ts';
import { startRtsp } from '../simulators/rtsp.ts';

const PERIOD = 200;
const REVIEW = 3;

/** Since the message number `from`: a camera may have been late at the start, too. */
const alarms = (line: Line, from: number) =>
  line.subscriber.received
    .slice(from)
    .filter(({ topic }) => /\/alarm\/CAMERA_\w+\/camera\/top$/.test(topic))
    .map(({ payload }) => payload['active']);

/** The decoder of the agent's only camera. */
function decoderOf(line: Line): number {
  const [pid] = childrenOf(line.agent.pid);
  if (pid === undefined) throw new Error('the agent has no child');
  return pid;
}

const healthy = (line: Line, from: number) =>
  line.plc.until(() => {
    const last = line.station().answers.slice(from).slice(-5);
    return last.length === 5 && last.every(({ verdict }) => verdict !== REVIEW);
  }, 'that parts are judged again');

describe.each(['gstreamer', 'ffmpeg'])('a camera decoded by %s', (decoder) => {
  it.each(['SIGKILL', 'SIGSTOP'])('whose decoder gets %s is told of, and heals', { timeout: 120_000 }, async (signal) => {
    const rtsp = await startRtsp();
    onTestFinished(() => rtsp.kill());
    const line = await startLine({
      cameras: () => ({ top: { url: rtsp.url, decoder, format: 'mono8', stall: '3s' } }),
      stations: { outlet: stationOf('', { frame: { select: 'newest', tolerance: '1s' } }) },
    });
    await line.ready();
    await line.plc.run(PERIOD);
    await healthy(line, 0);
    const { answers } = line.station();
    const [from, heard] = [answers.length, line.subscriber.received.length];
    execFileSync('kill', [`-${signal}`, `${decoderOf(line)}`]);
    await line.subscriber.until(() => alarms(line, heard).includes(true), 'the alarm');
    await line.subscriber.until(() => alarms(line, heard).at(-1) === false, 'that the alarm is cleared');
    await healthy(line, answers.length);
    await line.halt();
    expect(await line.agent.stop()).toBe(0);
    await line.published();
    const failed = line.expectSound().filter(({ outcome }) => outcome === 'failed');
    expect(failed.filter(({ reasons }) => !/FRAME_MISSING|DEADLINE_MISSED/.test(reasons))).toEqual([]);
    // Three seconds without a picture are more than the tolerance of one: parts passed that nobody could see.
    if (signal === 'SIGSTOP') expect(answers.slice(from).some(({ verdict }) => verdict === REVIEW)).toBe(true);
  });
});
