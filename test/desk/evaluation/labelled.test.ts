import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluate } from '#agent/desk/evaluation/evaluate.js';
import type { Protocol } from '#agent/desk/evaluation/protocol.js';
import { labelled } from '#agent/desk/evaluation/protocols/labelled.js';
import { readManifest } from '#agent/inference/manifest.js';
import { faultOf, MODELS } from '../../inference/setup.ts';
import { halves, scratch, write } from './setup.ts';

const judge = async (folder: string, name = 'classify') =>
  (await evaluate(await readManifest(join(MODELS, name)), labelled as unknown as Protocol, { folder, providers: ['cpu'] }))[0];

async function folders(): Promise<string> {
  const folder = scratch();
  await halves(join(folder, 'OK', 'a.png'), 5, 5);
  await halves(join(folder, 'OK', 'b.png'), 250, 5);
  await halves(join(folder, 'Scratch', 'c.png'), 250, 5);
  await halves(join(folder, 'dent', 'd.png'), 250, 5);
  return folder;
}

describe('labelled pictures', () => {
  it('are judged by folder, whatever the case of the label', async () => {
    const found = await judge(await folders());
    // b and d are called scratch: one false alarm, one wrong label; b, c, d look alike, so each of their pairs is half a pair.
    expect(found?.figures).toMatchObject({
      auroc: { fp32: (1 + 1 + 0.5 + 0.5) / 4, baseline: 0.5 },
      accuracy: { fp32: 0.5, baseline: 0.5 },
      missed: { fp32: 0, baseline: 2 },
      false_alarms: { fp32: 1, baseline: 0 },
    });
    expect(found?.remarks[0]).toMatch(/not distinguishable from chance/);
  });

  it('have no figures by label where the package does not know one', async () => {
    const folder = await folders();
    await halves(join(folder, 'pore', 'e.png'), 5, 250);
    expect(Object.keys((await judge(folder))?.figures ?? {})).toEqual(['auroc', 'missed', 'false_alarms']);
  });

  it('are taken from a CSV file, in groups where it names them', async () => {
    const folder = await folders();
    write(join(folder, 'list.csv'), 'file,label,group\nOK/a.png,good,1\nScratch/c.png,scratch,2\nScratch/c.png,scratch,2\n');
    expect(await judge(join(folder, 'list.csv'))).toMatchObject({ samples: 3, groups: 2, figures: { accuracy: { fp32: 1 } } });
  });

  it('are refused where they are not labelled, or not there', async () => {
    const folder = await folders();
    await halves(join(folder, 'loose.png'), 5, 5);
    expect((await faultOf(judge(folder))).message).toMatch(/DATA_INVALID.*loose\.png.*label/);
    expect((await faultOf(judge(scratch()))).message).toMatch(/DATA_INVALID.*no picture/);
    expect((await faultOf(judge(join(folder, 'nowhere')))).code).toBe('DATA_MISSING');
  });
});
