/** Arrays of numpy: the goldens that come with an import. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { readNpz } from '../../agent/desk/importing/npz.ts';
import { packageRoot } from '../../agent/platform/package-root.ts';
import type { Door } from './door.ts';
import { mutated, nudged, oddNumber, pick, type Random } from './mutate.ts';

export const npz: Door = {
  name: 'npz',
  summary: 'An .npz file with goldens, as `models import --golden` reads it.',
  inputs: { full: 100_000, quick: 200 },
  meets: [/^taken$/, /^DATA_INVALID$/],
  async open() {
    const seed = await readFile(join(packageRoot, 'test', 'fixtures', 'imports', 'keras-encoder.npz'));
    return {
      async try(random) {
        // The checksum stops what is changed outside: arrays are changed before they are packed as well.
        const file = random() < 0.3 ? mutated(random, seed) : packed(random, array(random));
        await readNpz(file, 'fuzz.npz');
        return 'taken';
      },
    };
  },
};

/** A .npy of 2 x 3 numbers whose head tells of a type, an order and a shape that may be others, and which may be changed itself. */
function array(random: Random): Buffer {
  const type = pick(random, ['<f4', '<f8', '|u1', '<i8', '>f4', '|O', '']);
  const shape = pick(random, ['(2, 3)', '(6,)', '()', '(3, 2, 1)', `(${oddNumber(random)}, 0)`, `(2, ${oddNumber(random)})`]);
  const head = `{'descr': '${type}', 'fortran_order': ${random() < 0.1 ? 'True' : 'False'}, 'shape': ${shape}, }\n`;
  const size = Buffer.alloc(2);
  size.writeUInt16LE(head.length);
  const body = Buffer.alloc(6 * (type === '|u1' ? 1 : type === '<f8' || type === '<i8' ? 8 : 4), 0x3f);
  const whole = Buffer.concat([Buffer.from('\x93NUMPY\x01\0', 'latin1'), size, Buffer.from(head, 'latin1'), body]);
  return random() < 0.6 ? whole : (random() < 0.5 ? mutated : nudged)(random, whole);
}

/** One stored entry with its checksum, APPNOTE.TXT 4.3; sizes are odd now and then. */
function packed(random: Random, bytes: Buffer): Buffer {
  const name = pick(random, ['input_0.npy', 'a/../b.npy', '__proto__.npy', '']);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(crc32(bytes), 10);
  common.writeUInt32LE(bytes.length, 14);
  common.writeUInt32LE(random() < 0.05 ? Math.abs(Math.trunc(oddNumber(random))) % 2 ** 32 || 0 : bytes.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), bytes]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), common, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
