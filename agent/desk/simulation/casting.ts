/** The casting as SVG, in mm around its middle: a bearing cover with a turned bore, four ears, and the defects it may have. */
import { randomUniform } from 'd3-random';
import { type Defect, EDGE } from './parts.ts';
import { stream } from './random.ts';

const HALF = 60;
const EARS = [
  [-50, -33],
  [50, -33],
  [-50, 33],
  [50, 33],
] as const;
const BOLTS = Array.from({ length: 6 }, (_, i) => [24.5 * Math.cos((i * Math.PI) / 3), 24.5 * Math.sin((i * Math.PI) / 3)] as const);

/** A picture of an empty fixture with one good part in it, turned by `angle` degrees. `texture` makes its surface its own. */
export function castingSvg(width: number, height: number, scale: number, angle: number, texture: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<defs>${gradients()}${filters(texture, scale)}</defs>
<rect width="100%" height="100%" fill="#26292b"/><rect width="100%" height="100%" filter="url(#belt)" opacity="0.5"/>
<g transform="translate(${width / 2} ${height / 2}) scale(${scale}) rotate(${angle})">
<g transform="translate(1.6 2.2)" fill="#000" opacity="0.55" filter="url(#soft)">${outline()}</g>
<g fill="url(#skin)" stroke="#5b5f61" stroke-width="0.6">${outline()}</g>
<g clip-path="url(#body)"><rect x="-70" y="-55" width="140" height="110" filter="url(#cast)" opacity="0.55"/></g>
<g fill="none" stroke="#fff" stroke-opacity="0.35" stroke-width="0.7" transform="translate(0.5 0.6)" clip-path="url(#body)">${outline()}</g>
${fields()}${ears()}${bore()}
</g></svg>`;
}

/** A defect by itself on clear ground, centred, turned by `angle` more degrees. Its look is its own: `seed`. */
export function defectSvg(side: number, scale: number, angle: number, defect: Defect, seed: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">
<g transform="translate(${side / 2} ${side / 2}) scale(${scale}) rotate(${angle + defect.angle})">${LOOK[defect.kind](defect.size, stream(seed, 'look'))}</g></svg>`;
}

type Look = (size: number, source: () => number) => string;
const LOOK: Readonly<Record<Defect['kind'], Look>> = {
  // A groove: dark on the side of the lamp, bright on the other.
  scratch: (size, source) => {
    const bend = randomUniform.source(source)(-0.08, 0.08)() * size;
    const path = (dy: number) => `M${-size / 2} ${dy}Q0 ${bend + dy} ${size / 2} ${dy}`;
    return `<g fill="none" stroke-linecap="round"><path d="${path(-0.35)}" stroke="#1d1f20" stroke-opacity="0.8" stroke-width="0.75"/>
<path d="${path(0.35)}" stroke="#fff" stroke-opacity="0.75" stroke-width="0.6"/></g>`;
  },
  pore: (size, source) => {
    const squeeze = randomUniform.source(source)(0.75, 1)();
    const [rx, ry] = [size / 2, (size / 2) * squeeze];
    return `<ellipse rx="${rx + 0.35}" ry="${ry + 0.35}" cx="0.25" cy="0.3" fill="#f2f2f0" opacity="0.5"/>
<ellipse rx="${rx}" ry="${ry}" fill="#16181a" opacity="0.92"/>`;
  },
  // A thin fin of metal beyond the edge; y points away from the part after turning, so it grows towards -y.
  flash: (size, source) => {
    const ragged = randomUniform.source(source)(0.55, 1);
    const tips = Array.from(
      { length: 9 },
      (_, i) => `L${-8 + 2 * i} ${(-size * ragged() * Math.sin(((i + 1) * Math.PI) / 10)).toFixed(2)}`,
    );
    return `<path d="M-10 0.6${tips.join('')}L10 0.6Z" fill="#d9dcdd" stroke="#6a6e70" stroke-width="0.35"/>`;
  },
  // Two fronts of metal that met too cold: a wavy seam with rounded lips.
  cold_shut: (size, source) => {
    const sway = randomUniform.source(source)(-1.1, 1.1);
    const steps = 6;
    const points = Array.from({ length: steps }, (_, i) => `T${(-size / 2 + ((i + 1) * size) / steps).toFixed(2)} ${sway().toFixed(2)}`);
    const path = `M${-size / 2} 0Q${-size / 2 + size / 12} ${sway().toFixed(2)} ${-size / 2 + size / 24} 0${points.join('')}`;
    return `<g fill="none" stroke-linecap="round"><path d="${path}" stroke="#fff" stroke-opacity="0.45" stroke-width="2.2"/>
<path d="${path}" stroke="#2a2d2f" stroke-opacity="0.9" stroke-width="1"/></g>`;
  },
};

const outline = () => `<rect x="${-HALF}" y="${-EDGE}" width="${2 * HALF}" height="${2 * EDGE}" rx="11"/>`;

const gradients = () => `
<clipPath id="body">${outline()}</clipPath>
<linearGradient id="skin" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#c3c7c9"/><stop offset="0.55" stop-color="#a3a8aa"/><stop offset="1" stop-color="#868b8e"/></linearGradient>
<linearGradient id="milled" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#dfe2e3"/><stop offset="0.5" stop-color="#bcc0c2"/><stop offset="1" stop-color="#a4a9ab"/></linearGradient>
<radialGradient id="hole" cx="0.6" cy="0.65"><stop offset="0" stop-color="#3d4143"/><stop offset="0.8" stop-color="#17191a"/><stop offset="1" stop-color="#0c0d0e"/></radialGradient>
<linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#3a3e40"/><stop offset="1" stop-color="#eceeee"/></linearGradient>`;

/** Cast skin is rough in all directions and lit from the upper left; milled faces are brushed along x; the belt is woven. */
const filters = (texture: number, scale: number) => `
<filter id="cast" x="0" y="0" width="1" height="1"><feTurbulence type="fractalNoise" baseFrequency="${0.5 / scale}" numOctaves="2" seed="${texture}"/>
<feDiffuseLighting surfaceScale="${0.9 * scale}" diffuseConstant="1"><feDistantLight azimuth="225" elevation="50"/></feDiffuseLighting></filter>
<filter id="brush" x="0" y="0" width="1" height="1"><feTurbulence type="fractalNoise" baseFrequency="${0.03 / scale} ${1.3 / scale}" numOctaves="2" seed="${texture + 1}"/>
<feColorMatrix values="0 0 0 0 0.12  0 0 0 0 0.13  0 0 0 0 0.14  1.3 0 0 0 -0.5"/></filter>
<filter id="belt" x="0" y="0" width="1" height="1"><feTurbulence type="turbulence" baseFrequency="0.09 0.35" numOctaves="1" seed="${texture + 2}"/>
<feColorMatrix values="0 0 0 0 0.35  0 0 0 0 0.37  0 0 0 0 0.38  1 0 0 0 -0.1"/></filter>
<filter id="soft"><feGaussianBlur stdDeviation="1.4"/></filter>`;

/** The two milled fields beside the bore, where sealing faces will be. */
const fields = () =>
  [-1, 1]
    .map((side) => {
      const x = side < 0 ? -56 : 32;
      return `<rect x="${x}" y="-25" width="24" height="50" rx="3" fill="url(#milled)" stroke="#6d7274" stroke-width="0.5"/>
<rect x="${x}" y="-25" width="24" height="50" filter="url(#brush)" opacity="0.75"/>`;
    })
    .join('');

const ears = () =>
  EARS.map(
    ([x, y]) => `<circle cx="${x}" cy="${y}" r="6.6" fill="url(#milled)" stroke="#71767a" stroke-width="0.5"/>
<circle cx="${x}" cy="${y}" r="3.6" fill="url(#hole)" stroke="url(#wall)" stroke-width="0.9"/>`,
  ).join('');

/** Turned on a lathe: rings, and the bow tie of light that rings make. */
const bore = () => `<circle r="30" fill="url(#milled)" stroke="#666b6e" stroke-width="0.7"/>
${[29, 28, 27, 22, 21, 20, 19].map((r) => `<circle r="${r}" fill="none" stroke="#4c5052" stroke-opacity="0.28" stroke-width="0.35"/>`).join('')}
<path d="M0 0L-21 -21.4A30 30 0 0 1 -12 -27.5ZM0 0L21 21.4A30 30 0 0 1 12 27.5Z" fill="#fff" opacity="0.4"/>
<path d="M0 0L21 -21.4A30 30 0 0 0 12 -27.5ZM0 0L-21 21.4A30 30 0 0 0 -12 27.5Z" fill="#3c4042" opacity="0.3"/>
${BOLTS.map(([x, y]) => `<circle cx="${x.toFixed(2)}" cy="${y.toFixed(2)}" r="1.9" fill="url(#hole)" stroke="url(#wall)" stroke-width="0.5"/>`).join('')}
<circle r="17.5" fill="url(#wall)" stroke="#55595b" stroke-width="0.6"/><circle r="15.6" fill="url(#hole)"/>
<circle r="9" fill="none" stroke="#55595b" stroke-opacity="0.6" stroke-width="0.8"/>`;
