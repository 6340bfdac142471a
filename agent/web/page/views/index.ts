/** The views that there are. Each but the first is loaded when it is opened. */
import { type Component, lazy } from 'solid-js';
import { LineView } from './line/line.tsx';

export interface View {
  readonly path: string;
  readonly component: Component;
}

export const VIEWS: readonly View[] = [
  { path: '/', component: LineView },
  { path: '/parts', component: lazy(async () => ({ default: (await import('./parts/parts.tsx')).PartsView })) },
  { path: '/part/:part', component: lazy(async () => ({ default: (await import('./part/part.tsx')).PartView })) },
  { path: '/inspection/:id', component: lazy(async () => ({ default: (await import('./part/part.tsx')).InspectionView })) },
  { path: '/review', component: lazy(async () => ({ default: (await import('./review/review.tsx')).ReviewView })) },
  { path: '/review/figures', component: lazy(async () => ({ default: (await import('./review/figures.tsx')).FiguresView })) },
  { path: '/shifts', component: lazy(async () => ({ default: (await import('./shifts/shifts.tsx')).ShiftsView })) },
  { path: '/contained', component: lazy(async () => ({ default: (await import('./contained/contained.tsx')).ContainedView })) },
  { path: '/contained/:id', component: lazy(async () => ({ default: (await import('./contained/stretch.tsx')).StretchView })) },
  { path: '/shifts/:day/:name', component: lazy(async () => ({ default: (await import('./shifts/report.tsx')).ReportView })) },
  { path: '/teach', component: lazy(async () => ({ default: (await import('./teach/teach.tsx')).TeachView })) },
  { path: '/models', component: lazy(async () => ({ default: (await import('./models/models.tsx')).ModelsView })) },
  { path: '/scores', component: lazy(async () => ({ default: (await import('./scores/scores.tsx')).ScoresView })) },
  { path: '/plan', component: lazy(async () => ({ default: (await import('./plan/plan.tsx')).PlanView })) },
  { path: '/routes', component: lazy(async () => ({ default: (await import('./routes/routes.tsx')).RoutesView })) },
  { path: '/material', component: lazy(async () => ({ default: (await import('./material/material.tsx')).MaterialView })) },
  { path: '/charts', component: lazy(async () => ({ default: (await import('./charts/charts.tsx')).ChartsView })) },
  { path: '/charts/:station/:chart', component: lazy(async () => ({ default: (await import('./charts/chart.tsx')).ChartView })) },
  { path: '/gauge', component: lazy(async () => ({ default: (await import('./gauge/gauge.tsx')).GaugeView })) },
  { path: '/gauge/:id', component: lazy(async () => ({ default: (await import('./gauge/report.tsx')).StudyView })) },
  { path: '/tags', component: lazy(async () => ({ default: (await import('./tags/tags.tsx')).TagsView })) },
  { path: '/health', component: lazy(async () => ({ default: (await import('./health/health.tsx')).HealthView })) },
  { path: '/config', component: lazy(async () => ({ default: (await import('./config/config.tsx')).ConfigView })) },
  { path: '/help', component: lazy(async () => ({ default: (await import('./help/help.tsx')).HelpView })) },
  { path: '/help/:page/:entry', component: lazy(async () => ({ default: (await import('./help/help.tsx')).HelpEntry })) },
  { path: '/more', component: lazy(async () => ({ default: (await import('./more.tsx')).MoreView })) },
];
