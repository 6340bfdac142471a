/** What is built in. A new kind of camera is one file and one line here. Kept cheap to import: heavy libraries load when a camera starts. */
import type { Address, CameraKind } from '../contracts/index.ts';
import { simulated } from '../desk/simulation/camera.ts';
import { LinesideError } from '../errors.ts';
import { folder } from '../sources/cameras/folder.ts';
import { http } from '../sources/cameras/http.ts';
import { rtsp } from '../sources/cameras/rtsp.ts';

export const CAMERA_KINDS: readonly CameraKind[] = [folder, rtsp, http, simulated];

/** The kind for an address, by its scheme. The config has checked that there is one. */
export function cameraKindFor({ scheme }: Address): CameraKind {
  const kind = CAMERA_KINDS.find(({ schemes }) => schemes.includes(scheme));
  if (!kind) throw new LinesideError('INTERNAL', { why: `no kind of camera has the scheme ${scheme}` });
  return kind;
}
