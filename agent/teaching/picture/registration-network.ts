/** Finding a part that moved, and cutting it out, as an ONNX graph before the backbone's: what registration.ts does, in float32. Pure. */
import { Graph } from '../../onnx/graph.ts';
import { type Field, FLAT, GREY, type Level, levelsOf, MIDDLE, type Reference, roomOf, spanOf } from './registration.ts';

/** What the network takes then: the field, which is larger than what the backbone takes. */
export const FIELD = 'field';
/** An output: how far across and down from the reference's place, in shares of its side, and how like the reference. */
export const FOUND = 'found';

/** The backbone's file with it in front; `found`: name of a value of it. `image`: what the backbone calls its picture. */
export function searching(
  backbone: Uint8Array,
  image: string,
  reference: Reference,
): { readonly network: Uint8Array; readonly found: string } {
  const graph = new Graph('lineside_at_');
  const found = new Search(graph, reference).write(image);
  return { network: graph.before(backbone, image), found };
}

type Value = string;

/** A place, as whole numbers [1]. */
interface At {
  readonly x: Value;
  readonly y: Value;
}

class Search {
  private readonly graph: Graph;
  private readonly reference: Reference;
  private readonly field: Field;

  constructor(graph: Graph, reference: Reference) {
    this.graph = graph;
    this.reference = reference;
    this.field = reference.field;
  }

  write(image: string): Value {
    const { graph, field } = this;
    const { width, height, side } = field;
    const { across, down } = roomOf(field);
    const levels = levelsOf(field);
    const picture = graph.input(FIELD, 'uint8', [1, height, width, 3]);
    const grey = this.grey(picture);
    const rough = this.best(this.likenesses(this.means(grey, levels.coarse), this.reference.coarse, levels.coarse));
    const [spanAcross, spanDown] = [spanOf(across, levels), spanOf(down, levels)];
    const from = {
      x: this.around(rough.x, levels.coarse.stride, across - spanAcross),
      y: this.around(rough.y, levels.coarse.stride, down - spanDown),
    };
    const reach = levels.fine.cell * levels.fine.count;
    const near = this.piece(grey, from, { across: reach + spanAcross, down: reach + spanDown }, [2, 3]);
    const exact = this.best(this.likenesses(this.means(near, levels.fine), this.reference.fine, levels.fine));
    const at = { x: graph.add('Add', [from.x, exact.x]), y: graph.add('Add', [from.y, exact.y]) };
    graph.name(image, this.piece(picture, at, { across: side, down: side }, [1, 2]));
    return graph.add('Concat', [this.share(at.x, field.x), this.share(at.y, field.y), exact.value], { axis: 0 });
  }

  /** [1, 1, height, width], less the middle. */
  private grey(picture: Value): Value {
    const { graph } = this;
    const numbers = graph.add('Cast', [picture], { to: 1 });
    const grey = graph.add('MatMul', [numbers, graph.constant('float32', [3, 1], GREY)]);
    const { width, height } = this.field;
    return graph.add('Sub', [graph.add('Reshape', [grey, this.whole([1, 1, height, width])]), this.number(MIDDLE)]);
  }

  private means(map: Value, { cell, stride }: Level): Value {
    return this.graph.add('AveragePool', [map], { kernel_shape: [cell, cell], strides: [stride, stride] });
  }

  /** [1, 1, down, across] */
  private likenesses(map: Value, template: ArrayLike<number>, { count, dilation }: Level): Value {
    const { graph } = this;
    const shape = [1, 1, count, count];
    const cells = count * count;
    const slide = (of: Value, kernel: Value) =>
      graph.add('Conv', [of, kernel], { kernel_shape: [count, count], dilations: [dilation, dilation] });
    const ones = graph.constant('float32', shape, new Float32Array(cells).fill(1));
    const product = slide(map, graph.constant('float32', shape, template));
    const sum = slide(map, ones);
    const squares = slide(graph.add('Mul', [map, map]), ones);
    const energy = graph.add('Sub', [squares, graph.add('Div', [graph.add('Mul', [sum, sum]), this.number(cells)])]);
    return graph.add('Div', [product, graph.add('Sqrt', [graph.add('Max', [energy, this.number(cells * FLAT * FLAT)])])]);
  }

  /** The highest of [1, 1, down, across]; of equals the first, row by row. */
  private best(map: Value): At & { readonly value: Value } {
    const { graph } = this;
    const across = graph.add('Gather', [graph.add('Shape', [map]), this.whole([3])], { axis: 0 });
    const flat = graph.add('Reshape', [map, this.whole([-1])]);
    const at = graph.add('ArgMax', [flat], { axis: 0, keepdims: 1 });
    return {
      x: graph.add('Mod', [at, across]),
      y: graph.add('Div', [at, across]),
      value: graph.add('ReduceMax', [flat], { axes: [0], keepdims: 1 }),
    };
  }

  /** First of the places that are tried around a coarse one: 0..last. */
  private around(at: Value, stride: number, last: number): Value {
    const { graph } = this;
    const before = graph.add('Sub', [graph.add('Mul', [at, this.whole([stride])]), this.whole([stride])]);
    return graph.add('Max', [graph.add('Min', [before, this.whole([last])]), this.whole([0])]);
  }

  /** Of known size, by its rows and columns: so that every shape behind is known too. `axes`: which are down and across. */
  private piece(of: Value, at: At, { across, down }: { across: number; down: number }, axes: readonly [number, number]): Value {
    const { graph } = this;
    const along = (value: Value, from: Value, count: number, axis: number) =>
      graph.add('Gather', [value, graph.add('Add', [this.whole(Array.from({ length: count }, (_, i) => i)), from])], { axis });
    return along(along(of, at.y, down, axes[0]), at.x, across, axes[1]);
  }

  private share(at: Value, reference: number): Value {
    const { graph } = this;
    const moved = graph.add('Cast', [graph.add('Sub', [at, this.whole([reference])])], { to: 1 });
    return graph.add('Div', [moved, this.number(this.field.side)]);
  }

  private whole(values: readonly number[]): Value {
    return this.graph.constant('int64', [values.length], values);
  }
  private number(value: number): Value {
    return this.graph.constant('float32', [], [value]);
  }
}
