/** A chart as the page sees it. Pure. */
import type { Capability } from '../../decisions/spc/capability.ts';
import type { CapabilityView, ChartDetailView } from '../../web/ports.ts';
import type { ChartDetail } from './desk.ts';

export function chartView(detail: ChartDetail | null): ChartDetailView | null {
  if (!detail) return null;
  const { capability, ...rest } = detail;
  if (!capability) return { ...rest, capability: null };
  if (capability.ok)
    return { ...rest, capability: { figures: figuresOf(capability.capability), refused: null, next: null, offered: null } };
  const { refused, next, offered } = capability;
  const bent = offered && { lambda: offered.lambda, figures: figuresOf(offered.capability) };
  return { ...rest, capability: { figures: null, refused, next, offered: bent } };
}

const figuresOf = ({ cp, cpk, cpm, pp, ppk }: Capability): CapabilityView => ({ cp, cpk, cpm, pp, ppk });
