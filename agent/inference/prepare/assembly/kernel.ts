/**
 * From a picture's bytes to a network's, four lanes at a time: AssemblyScript, which `npm run build` turns into
 * dist/agent/inference/prepare/kernel.wasm. To the bit what the graphs beside this folder make in onnxruntime, which training
 * uses: its Resize interpolates uint8 NHWC in integers (NhwcUpsampleBilinearInteger), weights are whole 1024ths. In a third of the time.
 * Where the height stays, onnxruntime takes the same picture for one in planes and calculates in floats: one grey level of difference.
 *
 * All arguments are addresses and counts in the memory that the caller gives. Reads and writes of `colours` go 1 byte
 * past the last pixel.
 */

/** Bytes of an entry of a table: two offsets, two weights, each an i32. */
const ENTRY: u32 = 16;

/**
 * For each of `to` places along one axis the two neighbours out of `from` (as byte offsets, `step` bytes apart) and their weights.
 * Half-pixel: the centre of place i lies at (i + 0.5) from / to - 0.5, and not outside the picture.
 */
export function axis(table: usize, from: u32, to: u32, step: u32): void {
  const scale: f32 = f32(to) / f32(from);
  for (let i: u32 = 0; i < to; i++) {
    const centre: f32 = (f32(i) + 0.5) / scale - 0.5;
    const at = i32(min<f32>(max<f32>(centre, 0.0), f32(from - 1)) * 1024.0);
    const first = min<u32>(u32(at) >> 10, from - 1);
    const second = min<u32>(first + 1, from - 1);
    const beyond = first === second ? 512 : at - i32(first << 10);
    store<u32>(table, first * step, 0);
    store<u32>(table, second * step, 4);
    store<i32>(table, 1024 - beyond, 8);
    store<i32>(table, beyond, 12);
    table += ENTRY;
  }
}

/** Three bytes a pixel in, three out. The tables are axis(width, ..., 3) and axis(height, ..., bytes of a row). */
export function colours(image: usize, columns: usize, rows: usize, out: usize, width: u32, height: u32): void {
  for (let y: u32 = 0; y < height; y++, rows += ENTRY) {
    const upper = image + load<u32>(rows, 0);
    const lower = image + load<u32>(rows, 4);
    const above = v128.load32_splat(rows, 8);
    const below = v128.load32_splat(rows, 12);
    const end = columns + width * ENTRY;
    for (let column = columns; column < end; column += ENTRY, out += 3) {
      const left = load<u32>(column, 0);
      const right = load<u32>(column, 4);
      // Two weights of 16 bits, over and over: what dot multiplies a pair of bytes with.
      const weights = i32x4.splat(load<i32>(column, 8) | (load<i32>(column, 12) << 16));
      const top = i32x4.dot_i16x8_s(pairs(upper + left, upper + right), weights);
      const bottom = i32x4.dot_i16x8_s(pairs(lower + left, lower + right), weights);
      const sum = i32x4.shr_u(i32x4.add(i32x4.mul(top, above), i32x4.mul(bottom, below)), 20);
      const words = i16x8.narrow_i32x4_s(sum, sum);
      v128.store32_lane(out, i8x16.narrow_i16x8_u(words, words), 0);
    }
  }
}

/** The bytes of two pixels side by side: a0 b0 a1 b1 a2 b2 a3 b3, in 16 bits each. */
function pairs(a: usize, b: usize): v128 {
  const both = i8x16.shuffle(v128.load32_zero(a), v128.load32_zero(b), 0, 16, 1, 17, 2, 18, 3, 19, 0, 0, 0, 0, 0, 0, 0, 0);
  return i16x8.extend_low_i8x16_u(both);
}

/**
 * One byte a pixel in, one out: grey, or the high byte of 16 bits (`image` one byte further, a step of 2 in axis).
 */
export function grey(image: usize, columns: usize, rows: usize, out: usize, width: u32, height: u32): void {
  for (let y: u32 = 0; y < height; y++, rows += ENTRY) {
    const upper = image + load<u32>(rows, 0);
    const lower = image + load<u32>(rows, 4);
    const above = load<u32>(rows, 8);
    const below = load<u32>(rows, 12);
    const end = columns + width * ENTRY;
    for (let column = columns; column < end; column += ENTRY, out++) {
      const left = load<u32>(column, 0);
      const right = load<u32>(column, 4);
      const first = load<u32>(column, 8);
      const second = load<u32>(column, 12);
      const top = load<u8>(upper + left) * first + load<u8>(upper + right) * second;
      const bottom = load<u8>(lower + left) * first + load<u8>(lower + right) * second;
      store<u8>(out, (top * above + bottom * below) >> 20);
    }
  }
}

/** Colours to grey: ITU-R BT.601 luma, rounded half up. */
export function luma(from: usize, to: usize, pixels: u32): void {
  for (const end = from + pixels * 3; from < end; from += 3, to++) {
    const thousandths = <u32>load<u8>(from, 0) * 299 + <u32>load<u8>(from, 1) * 587 + <u32>load<u8>(from, 2) * 114;
    store<u8>(to, (thousandths + 500) / 1000);
  }
}

/** Grey to three equal bytes a pixel. */
export function repeat(from: usize, to: usize, pixels: u32): void {
  for (const end = from + pixels; from < end; from++, to += 3) {
    const byte = load<u8>(from);
    store<u8>(to, byte, 0);
    store<u8>(to, byte, 1);
    store<u8>(to, byte, 2);
  }
}
