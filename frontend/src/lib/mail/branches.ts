import type { Node } from '../state/mailboxes.svelte';

/** Parents of more than this arrive folded: hundreds of names help nobody. */
const foldAbove = 30;

/** A mailbox as a line of the sidebar. */
export interface Line {
  node: Node;
  /** Its place among its siblings, from 1, and how many they are. */
  place: number;
  siblings: number;
  /** Whether the children are hidden; undefined for a leaf. */
  folded: boolean | undefined;
}

/**
 * The lines to show of a tree, top to bottom. What the person chose goes before
 * the size; an inbox stays open, since some servers keep everything under it.
 */
export function linesOf(nodes: Node[], chosen: ReadonlyMap<string, boolean>): Line[] {
  const lines: Line[] = [];
  const add = (list: Node[]): void => {
    for (const [i, node] of list.entries()) {
      const { mailbox, children, size } = node;
      const folded =
        children.length === 0
          ? undefined
          : (chosen.get(mailbox.id) ?? (size > foldAbove && mailbox.role !== 'inbox'));
      lines.push({ node, place: i + 1, siblings: list.length, folded });
      if (folded === false) add(children);
    }
  };
  add(nodes);
  return lines;
}

/** The mailboxes under one. */
export function under(node: Node): Node[] {
  return node.children.flatMap((child) => [child, ...under(child)]);
}
