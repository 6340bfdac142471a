/** Heat maps become pictures, and their findings name them. Pure. */
import {
  type Finding,
  type Frame,
  type HeatMap,
  type Inspection,
  type KeptImage,
  type ModelSlot,
  picturePath,
} from '../contracts/index.ts';

export interface Illustrated {
  readonly findings: readonly Finding[];
  readonly images: readonly KeptImage[];
}

export function illustrate(
  inspection: Pick<Inspection, 'id' | 'station' | 'at' | 'findings'>,
  slots: readonly ModelSlot[],
  frames: readonly Frame[],
): Illustrated {
  const images: KeptImage[] = [];
  const findings = inspection.findings.map((finding) => {
    const camera = slots.find(({ name }) => name === finding.model)?.camera;
    const frame = frames.find((each) => each.camera === camera);
    if (!frame || !finding.heatmap) return finding;
    const image: KeptImage = { role: 'heatmap', model: finding.model, frame: frameOf(finding.heatmap, frame) };
    images.push(image);
    return { ...finding, heatmap: { ...finding.heatmap, picture: `${picturePath(inspection, image)}.png` } };
  });
  return { findings, images };
}

/** Small, and nobody's but the picture thread's: there is no slot to give back. */
function frameOf({ width, height, values }: HeatMap, { camera, sequence, captured }: Frame): Frame {
  const pixels = new Uint8Array(new SharedArrayBuffer(values.length));
  pixels.set(values);
  return { camera, sequence, captured, width, height, format: 'mono8', pixels, hold: () => {}, release: () => {} };
}
