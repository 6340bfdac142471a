/** What the config check knows of the other parts: kinds of camera, packages, expressions. */
import type { Catalogue } from '../config/load.ts';
import { checkExpressions } from '../rules/judge.ts';
import { packageSummary } from './bridges.ts';
import { CAMERA_KINDS } from './catalogue.ts';

export const CATALOGUE: Catalogue = { cameras: CAMERA_KINDS, readPackage: packageSummary, checkExpressions };
