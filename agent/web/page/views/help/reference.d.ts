/** Made by scripts/page/reference.ts when the page is built. */
declare module 'virtual:reference' {
  const entries: readonly { readonly page: string; readonly id: string; readonly title: string; readonly html: string }[];
  export default entries;
}
