/** From Memory's messages to the contents of a generateContent request. */
import type { Content, FunctionResponse, Part } from '@google/genai';
import type {
  ContentBlock,
  ToolCallMessage,
  ToolExecutionResultMessage,
} from '../../agent/messages';
import { contentToText } from '../../agent/messages';
import type { Message, ModelResponse } from '../../agent/model';
import { toolResultText } from '../../agent/tool';
import { geminiFamily, isGemini3 } from './gemini-families';
import { fromProviderData, geminiProvider, isOwn } from './gemini-replay';
import { withBlockOptions } from './request-json';
import type { ToolNames } from './tool-names';

export interface ContentsContext {
  readonly names: ToolNames;
  readonly model: string;
}

export function toGeminiContents(
  messages: readonly Message[],
  { names, model }: ContentsContext,
): Content[] {
  const family = geminiFamily(model);
  const hasSignatures = isGemini3(model);
  const turnStart = messages.findLastIndex(({ role }) => role === 'user');
  /** Gemini's own ids of the calls whose results come next, by ours. */
  let callIds = new Map<string, string | undefined>();
  const contents = messages.flatMap((message, index): Content[] => {
    switch (message.role) {
      case 'user':
        return [{ role: 'user', parts: toUserParts(message.content) }];
      case 'assistant': {
        callIds = new Map(
          message.toolCalls.map(({ id, providerId }) => [
            id,
            isOwn(message, family) ? providerId : undefined,
          ]),
        );
        const parts = toAnswerParts(message, family, (call) => ({
          functionCall: {
            ...withId(callIds.get(call.id)),
            name: names.toProvider(call.name),
            args: call.arguments,
          },
        }));
        return [
          {
            role: 'model',
            parts: hasSignatures && index > turnStart ? withSignature(parts) : parts,
          },
        ];
      }
      case 'tool_response': {
        // All results of a step are one content: it stands where the first of them does.
        if (messages[index - 1]?.role === 'tool_response') return [];
        const end = messages.findIndex((it, at) => at > index && it.role !== 'tool_response');
        const results = messages
          .slice(index, end < 0 ? undefined : end)
          .filter((it) => it.role === 'tool_response');
        return toResultContents(results, hasSignatures, (result) => ({
          ...withId(callIds.get(result.toolCallId)),
          name: names.toProvider(result.toolName),
        }));
      }
    }
  });
  // A conversation begins with its user, also where its beginning was left out.
  return contents[0]?.role === 'user' ? contents : [placeholderContent, ...contents];
}

/** Gemini refuses empty lists of parts, and answers anything to an empty text. */
const placeholder: Part = { text: '(no content)' };
const placeholderContent: Content = { role: 'user', parts: [placeholder] };

function withId(id: string | undefined): { id?: string } {
  return id ? { id } : {};
}

function toAnswerParts(
  message: ModelResponse,
  family: string,
  toCallPart: (call: ToolCallMessage) => Part,
): Part[] {
  const own = fromProviderData(message, family, toCallPart);
  if (own && own.length > 0) return own;
  const parts = [
    ...(message.content ? [{ text: message.content }] : []),
    ...message.toolCalls.map(toCallPart),
  ];
  return parts.length > 0 ? parts : [placeholder];
}

/**
 * From its third generation on, Gemini refuses a step of the current turn whose first call is not signed. For what
 * it did not sign itself, it takes this word instead.
 */
function withSignature(parts: readonly Part[]): Part[] {
  const first = parts.findIndex(({ functionCall }) => functionCall);
  return parts.map((part, index) =>
    index === first && !part.thoughtSignature ? { ...part, thoughtSignature: unsignedMark } : part,
  );
}

const unsignedMark = 'skip_thought_signature_validator';

function toUserParts(content: string | readonly ContentBlock[]): Part[] {
  if (typeof content === 'string') return [content ? { text: content } : placeholder];
  const parts = content.map((block) =>
    withBlockOptions(
      toMediaPart(block) ?? toLinkPart(block) ?? toTextPart(block),
      block,
      geminiProvider,
    ),
  );
  return parts.length > 0 ? parts : [placeholder];
}

function toTextPart(block: ContentBlock): Part {
  const text = contentToText([block]);
  return text ? { text } : placeholder;
}

/** Results first, as many as there were calls; what they cannot hold follows as a content of its own. */
function toResultContents(
  results: readonly ToolExecutionResultMessage[],
  holdsMedia: boolean,
  toHead: (result: ToolExecutionResultMessage) => Pick<FunctionResponse, 'id' | 'name'>,
): Content[] {
  const following: Part[] = [];
  const parts = results.map((result): Part => {
    const media = result.content.flatMap((block) => toMediaPart(block) ?? []);
    const held = media.filter((part) => holdsMedia && isHeld(part));
    const others = media.filter((part) => !held.includes(part));
    if (others.length > 0) {
      following.push({ text: `From the result of ${result.toolName}:` }, ...others);
    }
    return {
      functionResponse: {
        ...toHead(result),
        response: toResponse(result, media.length),
        ...(held.length > 0 && { parts: held.map(({ inlineData = {} }) => ({ inlineData })) }),
      },
    };
  });
  const contents: Content[] = [{ role: 'user', parts }];
  return following.length > 0 ? [...contents, { role: 'user', parts: following }] : contents;
}

/** Of a result without a text, its structure is what Gemini reads; a text is put under a key of Gemini's own. */
function toResponse(
  result: ToolExecutionResultMessage,
  mediaCount: number,
): Record<string, unknown> {
  const { content, isError, structuredContent } = result;
  if (structuredContent && !isError && content.length === mediaCount) return structuredContent;
  const text = toolResultText({ ...result, isError: false });
  return isError ? { error: text } : { output: text };
}

function isHeld({ inlineData }: Part): boolean {
  return /^(image\/(png|jpeg|webp)|application\/pdf)$/.test(inlineData?.mimeType ?? '');
}

/** Images, sound, video, PDFs and files of text as such. Everything else is text: it is named where it has none. */
function toMediaPart(block: ContentBlock): Part | undefined {
  if (block.type === 'image' || block.type === 'audio') {
    return toInlinePart(block.mimeType, block.data);
  }
  return block.type === 'resource' && 'blob' in block.resource
    ? toInlinePart(block.resource.mimeType, block.resource.blob)
    : undefined;
}

function toInlinePart(mimeType: string | undefined, base64: string): Part | undefined {
  if (!mimeType || !readableMedia.test(mimeType)) return undefined;
  return {
    inlineData: { mimeType, data: base64.replace(/^data:[^,]*,/, '').replace(/\s+/g, '') },
  };
}

const readableMedia =
  /^(image\/(png|jpeg|webp|heic|heif)|(audio|video|text)\/.+|application\/pdf)$/;

/** A file that Google fetches itself. */
function toLinkPart(block: ContentBlock): Part | undefined {
  if (block.type !== 'resource_link' || !block.mimeType) return undefined;
  return /^(gs|https):\/\//.test(block.uri)
    ? { fileData: { fileUri: block.uri, mimeType: block.mimeType } }
    : undefined;
}
