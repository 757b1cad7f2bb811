import type { Random } from './random.ts';

/** A set from which members can be picked by chance without going through all of it. The order depends on its history only. */
export class PickableSet<Member> {
  readonly #members: Member[] = [];
  readonly #positions = new Map<Member, number>();

  get size(): number {
    return this.#members.length;
  }

  add(member: Member): void {
    if (this.#positions.has(member)) return;
    this.#positions.set(member, this.#members.length);
    this.#members.push(member);
  }

  /** Does nothing when it is not a member. */
  delete(member: Member): void {
    const position = this.#positions.get(member);
    if (position === undefined) return;
    this.#positions.delete(member);
    const last = this.#members.pop();
    // The last member fills the hole, unless it was the hole.
    if (last === undefined || position === this.#members.length) return;
    this.#members[position] = last;
    this.#positions.set(last, position);
  }

  /** `count` different members, or all when there are fewer. Costs as much as what is picked. */
  pick(count: number, random: Random): readonly Member[] {
    const members = this.#members;
    const wanted = Math.min(count, members.length);
    for (let index = 0; index < wanted; index++) {
      const other = random.integer(index, members.length - 1);
      this.#swap(index, other);
    }
    return members.slice(0, wanted);
  }

  #swap(left: number, right: number): void {
    const [a, b] = [this.#members[left], this.#members[right]];
    if (a === undefined || b === undefined) return;
    this.#members[left] = b;
    this.#members[right] = a;
    this.#positions.set(b, left);
    this.#positions.set(a, right);
  }
}
