/** That somebody wants to sign in: from the rail, from "more", or since a view needs it. */
import { createSignal } from 'solid-js';

const [signsIn, setSignsIn] = createSignal(false);

export { setSignsIn, signsIn };
export const signInNow = (): boolean => setSignsIn(true);
