import { Route, Router } from '@solidjs/router';
import { render } from 'solid-js/web';
import { startLive } from './api/live.ts';
import { lookWho } from './api/session.ts';
import { Frame } from './frame/frame.tsx';
import { show } from './frame/looks.ts';
import './style.css';
import { Elsewhere } from './views/elsewhere.tsx';
import { VIEWS } from './views/index.ts';

show();
void lookWho();
startLive();
const root = document.getElementById('page');
if (root) {
  render(
    () => (
      <Router root={Frame}>
        {VIEWS.map(({ path, component }) => (
          <Route path={path} component={component} />
        ))}
        <Route path="*rest" component={Elsewhere} />
      </Router>
    ),
    root,
  );
}
