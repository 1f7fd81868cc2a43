/** The Responses API's rules for items that belong together: calls and outputs, reasoning and what follows it. */
import type { JsonObject } from '../../../agent/json';
import type { Refusal } from './strict-errors';
import { ifFound, openAIFault, openAIRefusal } from './strict-errors';
import type { Issued, IssuedItem } from './strict-issued';
import { findIn, firstDuplicate, objectsOf, textOf } from './strict-json';
import type { OpenAIView } from './strict-openai-view';
import { itemType } from './strict-openai-view';

type Finding = Refusal | undefined;

function ofType(items: readonly JsonObject[], type: string): readonly JsonObject[] {
  return items.filter((item) => itemType(item) === type);
}

/** With a conversation on the server, the other half may be there. */
function isContinued({ body, items }: OpenAIView): boolean {
  const isReferring = items.some((item) => itemType(item) === 'item_reference');
  return Boolean(body['previous_response_id'] ?? body['conversation']) || isReferring;
}

export function callsHaveOutputs(view: OpenAIView): Finding {
  const answered = ofType(view.items, 'function_call_output').map((item) => item['call_id']);
  const orphan = ofType(view.items, 'function_call').find(
    (item) => !answered.includes(item['call_id']),
  );
  return ifFound(orphan, (item) =>
    openAIRefusal(`No tool output found for function call ${textOf(item['call_id'])}.`, {
      param: 'input',
    }),
  );
}

/** The call stands before its output. */
export function outputsHaveCalls(view: OpenAIView): Finding {
  if (isContinued(view)) return undefined;
  return findIn(view.items, (item, index) => {
    if (itemType(item) !== 'function_call_output') return undefined;
    const id = textOf(item['call_id']);
    const before = view.items.slice(0, index);
    // Recorded: a tool search's output may come as a function's.
    const hasCall = before.some(
      (call) => /_call$/.test(itemType(call)) && textOf(call['call_id']) === id,
    );
    return hasCall
      ? undefined
      : openAIRefusal(`No tool call found for function call output with call_id ${id}.`, {
          param: 'input',
        });
  });
}

export function itemsAreSingle({ items }: OpenAIView): Finding {
  const ids = items.map((item) => textOf(item['id'])).filter((id) => id !== '');
  return ifFound(firstDuplicate(ids), (id) =>
    openAIRefusal(
      `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`,
      { param: 'input' },
    ),
  );
}

/** Not recorded; but a call with two outputs has no meaning. */
export function outputsAreSingle({ items }: OpenAIView): Finding {
  return findIn(['function_call', 'function_call_output'], (type) => {
    const ids = ofType(items, type).map((item) => textOf(item['call_id']));
    return ifFound(firstDuplicate(ids), (id) =>
      openAIRefusal(`Duplicate ${type} found with call_id ${id}.`, { param: 'input' }),
    );
  });
}

export function reasoningHasASummary({ items }: OpenAIView): Finding {
  return findIn(items, (item, index) =>
    itemType(item) === 'reasoning' && !Array.isArray(item['summary'])
      ? openAIFault.missing(`input[${index}].summary`)
      : undefined,
  );
}

/** An item without content stands for one that the server kept; with `store: false` it kept none. */
export function referencedItemsAreStored({ items, options: { issued } }: OpenAIView): Finding {
  return findIn(items, (item) => {
    const id = textOf(item['id']);
    const isBareReasoning = itemType(item) === 'reasoning' && !item['encrypted_content'];
    if (!issued || !(isBareReasoning || itemType(item) === 'item_reference')) return undefined;
    if (issued.item(id)?.isStored) return undefined;
    return openAIRefusal(
      `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
      { status: 404, param: 'input' },
    );
  });
}

export function encryptedReasoningIsAsIssued({ items, options: { issued } }: OpenAIView): Finding {
  return findIn(items, (item) => {
    const content = textOf(item['encrypted_content']);
    if (!issued || itemType(item) !== 'reasoning' || content === '') return undefined;
    const id = textOf(item['id']);
    if (issued.item(id)?.encryptions?.has(content)) return undefined;
    return openAIRefusal(
      `The encrypted content for item ${id} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
      { code: 'invalid_encrypted_content' },
    );
  });
}

const answers =
  /^(?:function_call|web_search_call|file_search_call|code_interpreter_call|image_generation_call|mcp_call|mcp_list_tools|tool_search_call|custom_tool_call|computer_call|shell_call|local_shell_call|apply_patch_call|reasoning|item_reference)$/;

/** Recorded: an assistant's message without its id, and with another text, is not the item that followed. */
function isAnswer(item: JsonObject): boolean {
  const isMessage = itemType(item) === 'message' && item['role'] === 'assistant';
  return answers.test(itemType(item)) || (isMessage && item['id'] !== undefined);
}

function isTheIssued(item: JsonObject, { item: issued }: IssuedItem): boolean {
  if (itemType(item) === 'item_reference') return item['id'] === issued['id'];
  const isSame =
    item['id'] === undefined
      ? item['call_id'] !== undefined && item['call_id'] === issued['call_id']
      : item['id'] === issued['id'];
  return isSame && spokenText(item) === spokenText(issued);
}

/** What a message says, whether in one string or in parts. */
function spokenText({ content }: JsonObject): string {
  if (typeof content === 'string') return content;
  return objectsOf(content)
    .map((part) => textOf(part['text'] ?? part['refusal']))
    .join('');
}

export function reasoningHasItsFollowingItem({ items, options }: OpenAIView): Finding {
  const { issued, isCompatible } = options;
  if (isCompatible) return undefined;
  return findIn(items, (item, index) => {
    const id = textOf(item['id']);
    if (itemType(item) !== 'reasoning' || id === '') return undefined;
    const next = items[index + 1];
    if (next && follows(next, id, issued)) return undefined;
    return openAIRefusal(
      `Item '${id}' of type 'reasoning' was provided without its required following item.`,
      { param: 'input' },
    );
  });
}

function follows(next: JsonObject, reasoningId: string, issued: Issued | undefined): boolean {
  const expected = issued?.item(issued.item(reasoningId)?.followingId ?? '');
  return expected ? isTheIssued(next, expected) : isAnswer(next);
}

/** The converse: an item that is sent with its id needs the reasoning that led to it. */
export function itemsHaveTheirReasoning(view: OpenAIView): Finding {
  const { items, options } = view;
  if (isContinued(view)) return undefined;
  const present = new Set(items.map((item) => textOf(item['id'])));
  return findIn(items, (item) => {
    const id = textOf(item['id']);
    const needed = options.issued?.item(id)?.reasoningId;
    if (needed === undefined || present.has(needed)) return undefined;
    return openAIRefusal(
      `Item '${id}' of type '${itemType(item)}' was provided without its required 'reasoning' item: '${needed}'.`,
      { param: 'input' },
    );
  });
}
