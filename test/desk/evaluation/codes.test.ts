import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { evaluate } from '#agent/desk/evaluation/evaluate.js';
import { codes } from '#agent/desk/evaluation/protocols/codes.js';
import { readManifest } from '#agent/inference/manifest.js';
import { faultOf } from '../../inference/setup.ts';
import { evaluatedBy, packageLike, scratch, write } from './setup.ts';

const facts = { labels: ['A', 'B'], good: null, threshold: 0.5 };
const said = (text: string) => ({ label: text, score: 0, reading: { text, confidence: 1, characters: [] } });

/** A sheet of strips for the fixture `read`: sixteen bands a strip, A is 51 bright, B 102, and so on; none is black. */
async function sheet(file: string, texts: readonly string[]): Promise<void> {
  const level = (c = ' ') => ({ ' ': 0, A: 51, B: 102, C: 153, D: 204, E: 255 })[c] ?? 0;
  const pixels = Buffer.from(texts.flatMap((text) => Array.from({ length: 256 * 32 }, (_, i) => level(text[Math.floor((i % 256) / 16)]))));
  const image = sharp(pixels, { raw: { width: 256, height: 32 * texts.length, channels: 1 } });
  write(file, await image.toColourspace('b-w').png().toBuffer());
}

describe('codes', () => {
  it('counts a strip only where every character is right, by way of marking', () => {
    const evidence = [
      codes.weigh({ style: 'printed', code: 'AB' }, said('AB'), facts),
      codes.weigh({ style: 'printed', code: 'AB' }, said('AA'), facts),
      codes.weigh({ style: 'laser', code: 'AB' }, said('AB'), facts),
    ];
    const none = Object.fromEntries(['printed', 'laser', 'dot_matrix', 'hard'].map((style) => [`${style}_format`, Number.NaN]));
    expect(codes.figures(evidence)).toEqual({ printed: 0.5, laser: 1, dot_matrix: Number.NaN, hard: Number.NaN, ...none });
  });

  it('judges the strips that came with the package, through the agent’s threads', async () => {
    const models = packageLike('read', evaluatedBy('codes'));
    const folder = join(models, 'read', 'evaluation');
    await sheet(join(folder, 'a.png'), [' A B  C ', ' AA  D', ' E']);
    const rows = ['a.png,0,printed,ABC,f,x', 'a.png,1,printed,AAD,f,x', 'a.png,2,laser,E,g,x'];
    write(join(folder, 'codes.csv'), `file,row,style,code,font,pattern\n${rows.join('\n')}\n`);
    const manifest = await readManifest(join(models, 'read'));
    const [found] = await evaluate(manifest, codes, { folder, providers: ['cpu'] });
    // Two A side by side are one to it: the second strip is wrong.
    expect(found).toMatchObject({ package: 'read', evaluation: 'codes', samples: 3, groups: 2 });
    expect(found?.figures).toMatchObject({ printed: { fp32: 0.5 }, laser: { fp32: 1 } });
    expect(Object.keys(found?.figures ?? {})).not.toContain('printed_format');
  });

  it('reads strips whose format is known once more by it, and counts them apart', async () => {
    const models = packageLike('read', evaluatedBy('codes'));
    const folder = join(models, 'read', 'evaluation');
    await sheet(join(folder, 'a.png'), [' A B  C', ' AB D', ' E']);
    // By its format the second cannot be what the network is sure of.
    const rows = ['a.png,0,printed,ABC,f,aaa', 'a.png,1,printed,ABD,f,aa[CE]', 'a.png,2,printed,E,g,'];
    write(join(folder, 'codes.csv'), `file,row,style,code,font,format\n${rows.join('\n')}\n`);
    const manifest = await readManifest(join(models, 'read'));
    const [found] = await evaluate(manifest, codes, { folder, providers: ['cpu'] });
    expect(found).toMatchObject({ samples: 5, groups: 2, figures: { printed: { fp32: 1 }, printed_format: { fp32: 0.5 } } });
  });

  it('says which row of the list is no strip', async () => {
    const folder = scratch();
    write(join(folder, 'codes.csv'), 'file,row,style,code,font\na.png,x,printed,AB,f\n');
    expect(await faultOf(codes.samples(folder))).toMatchObject({ code: 'DATA_INVALID', details: { why: 'row x of a.png, style printed' } });
  });
});
