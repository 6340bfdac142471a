/** What is built in. A camera kind is one file under sources/cameras and one line here. */
import type { CameraKind } from './contracts.ts';

export const CAMERA_KINDS: readonly CameraKind[] = [];
