/** What a step does: `path` under /teach. false: it was refused, and the view says why. */
export type Act = (path: string, body?: unknown, method?: 'POST' | 'DELETE') => Promise<boolean>;
