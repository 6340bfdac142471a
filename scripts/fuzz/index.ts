/** Every door that is fuzzed. */
import { api } from './api.ts';
import { calibration } from './calibration.ts';
import { cel } from './cel.ts';
import type { Door } from './door.ts';
import { http } from './http.ts';
import { journal } from './journal.ts';
import { manifests } from './manifests.ts';
import { mqtt } from './mqtt.ts';
import { npz } from './npz.ts';
import { onnx, onnxTrial } from './onnx.ts';
import { opcua } from './opcua.ts';
import { pictures } from './pictures.ts';
import { recordings } from './recordings.ts';
import { rtsp } from './rtsp.ts';
import { web } from './web.ts';
import { yaml } from './yaml.ts';

export const DOORS: readonly Door[] = [
  journal,
  cel,
  opcua,
  yaml,
  manifests,
  onnx,
  onnxTrial,
  calibration,
  npz,
  recordings,
  mqtt,
  web,
  api,
  pictures,
  http,
  rtsp,
];
