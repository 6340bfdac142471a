/** What the config check knows of the other parts: kinds of camera, packages, expressions. */
import type { Catalogue } from '../config/load.ts';
import { checkExpressions } from '../rules/judge.ts';
import { packageSummary } from './bridges.ts';
import { CAMERA_KINDS } from './catalogue.ts';

export const CATALOGUE: Catalogue = { cameras: CAMERA_KINDS, readPackage: packageSummary, checkExpressions };

/** For commands that connect to nobody: they go on where passwords are not at hand. */
export const WITHOUT_SECRETS: Catalogue = { ...CATALOGUE, withoutSecrets: true };

/** For what needs to know where something lies and no more: neither secrets nor packages nor rules need be right. */
export const LENIENT: Catalogue = { cameras: CATALOGUE.cameras, withoutSecrets: true };
