/** What stands in the rail, in its order. */
import { words } from '../words.ts';

export interface RailEntry {
  readonly path: string;
  readonly name: string;
  /** behind: on a phone under "more". phone: only there. */
  readonly where?: 'behind' | 'phone';
}

export const RAIL: readonly RailEntry[] = [
  { path: '/', name: words.views.line },
  { path: '/parts', name: words.views.parts },
  { path: '/review', name: words.views.review },
  { path: '/shifts', name: words.views.shifts, where: 'behind' },
  { path: '/contained', name: words.views.contained, where: 'behind' },
  { path: '/teach', name: words.views.teach, where: 'behind' },
  { path: '/models', name: words.views.models, where: 'behind' },
  { path: '/plan', name: words.views.plan, where: 'behind' },
  { path: '/routes', name: words.views.routes, where: 'behind' },
  { path: '/material', name: words.views.material, where: 'behind' },
  { path: '/charts', name: words.views.charts, where: 'behind' },
  { path: '/gauge', name: words.views.gauge, where: 'behind' },
  { path: '/tags', name: words.views.tags, where: 'behind' },
  { path: '/config', name: words.views.config, where: 'behind' },
  { path: '/health', name: words.views.health },
  { path: '/help', name: words.views.help, where: 'behind' },
  { path: '/more', name: words.views.more, where: 'phone' },
];
