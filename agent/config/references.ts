/** Does the config hold together: what one section names, another has; what is written may be written; what is measured fits. */
import { checkCalendar } from './checks/calendar.ts';
import { checkCameras } from './checks/cameras.ts';
import { checkCharts } from './checks/charts.ts';
import { Check, type ReferenceInput } from './checks/check.ts';
import { checkExpressions } from './checks/expressions.ts';
import { checkMaterials } from './checks/material.ts';
import { checkModels } from './checks/models.ts';
import { checkPaths } from './checks/paths.ts';
import { checkPlanning } from './checks/planning.ts';
import { checkRoutes } from './checks/routes.ts';
import { checkSecurity } from './checks/security.ts';
import { checkStations } from './checks/stations.ts';
import { checkStudies } from './checks/studies.ts';
import { checkTags } from './checks/tags.ts';
import { checkTools } from './checks/tools.ts';
import type { ConfigFault } from './faults.ts';

/** All faults and warnings between the parts of one config. Pure. */
export function checkReferences(input: ReferenceInput): {
  readonly faults: readonly ConfigFault[];
  readonly warnings: readonly ConfigFault[];
  readonly more: number;
} {
  const check = new Check(input);
  for (const part of [
    checkTags,
    checkStations,
    checkModels,
    checkCharts,
    checkStudies,
    checkExpressions,
    checkSecurity,
    checkCameras,
    checkPaths,
    checkPlanning,
    checkRoutes,
    checkMaterials,
    checkTools,
    checkCalendar,
  ])
    part(check);
  return check;
}
