// What takes a second each, apart from what is asked of every load.
import { describe, expect, it } from 'vitest';
import { changed, faultsOf, LINE, load } from './lines.ts';

describe('a large config', () => {
  it('may have thousands of tags', async () => {
    const tags = Array.from({ length: 3000 }, (_, i) => `      t${i}: {node: "ns=2;i=${i + 100}", unit: bar}`).join('\n');
    const { config } = await load(changed(['    tags:\n', `    tags:\n${tags}\n`]));
    expect(Object.keys(config.opcua['plc']?.tags ?? {})).toHaveLength(3006);
  });

  it('is told of where aliases unfold to more than any config has', async () => {
    const [head, tail = ''] = changed(['  outlet:\n', '  outlet: &s\n'], ['inference: {models: models}\n', '']).split('stations:\n');
    const copies = Array.from({ length: 5000 }, (_, i) => `  s${i}: *s`).join('\n');
    expect(await faultsOf(`${head}stations:\n${tail}${copies}\n`)).toContain(
      '1:1: the file unfolds to more than 50000 values or 32 levels; a config is smaller',
    );
  });

  it('may be cut off anywhere: a fault or a config, never a crash', async () => {
    for (let end = 0; end < LINE.length; end += 23) await faultsOf(LINE.slice(0, end));
  });
});
