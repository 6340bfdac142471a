/** Facts of a line in a YAML or JSON file, for a plan at a desk: read as the config is, with the line and the mend of each fault. */
import { isMap } from 'yaml';
import { LinesideError } from '../errors.ts';
import { readRegular } from '../platform/plain-file.ts';
import { ConfigDocument } from './document.ts';
import { ConfigInvalid, inOrder } from './faults.ts';
import { type FactsFile, FactsFileSchema } from './planning.ts';
import { shapeOf } from './shape.ts';
import { decodeText, LARGEST, textFaults } from './text.ts';
import { Walk } from './walk.ts';

/** Rejects with CONFIG_UNREADABLE or ConfigInvalid, all faults at once. */
export async function readFactsFile(file: string): Promise<FactsFile> {
  const bytes = await readRegular(file, { most: LARGEST, refuse: (why) => new LinesideError('CONFIG_UNREADABLE', { file, why }) });
  const decoded = decodeText(bytes);
  const early = 'text' in decoded ? textFaults(decoded.text) : decoded.faults;
  if (early.length > 0 || !('text' in decoded))
    throw new ConfigInvalid(
      file,
      early.map((fault) => ({ file, ...fault, excerpt: '' })),
      [],
    );
  const document = new ConfigDocument(file, decoded.text);
  if (document.syntaxFaults.length > 0) throw new ConfigInvalid(file, inOrder(document.syntaxFaults), []);
  const root = document.resolve(document.root);
  const walk = new Walk(document, new Map());
  if (!isMap(root))
    walk.fault(
      { line: 1, column: 1, length: 1 },
      'the file must be a block with the keys recipes, setup, stops, tool, closed and standing',
    );
  const facts = walk.value(shapeOf(FactsFileSchema), root, []);
  if (walk.faults.length > 0) throw new ConfigInvalid(file, inOrder(walk.faults), [], { more: walk.more });
  // Checked key by key against the schema that the type is derived from.
  return facts as FactsFile;
}
