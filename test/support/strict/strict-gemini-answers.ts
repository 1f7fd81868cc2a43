/** Answers of generateContent: every event is a whole response, its parts go on where the last ones ended. */
import type { JsonObject } from '../../../agent/json';
import type { AnswerContext, StrictAnswer, StrictToolCall, WireAnswer } from './strict-answer';
import { argumentsText, cutText, fullUsage } from './strict-answer';
import { alphanumericId, base64Token, geminiCallId } from './strict-ids';
import { objectOf, textOf } from './strict-json';
import { geminiTraits } from './strict-models';

/** The parts of one event. */
type Chunk = readonly JsonObject[];

export function geminiAnswer(answer: StrictAnswer, context: AnswerContext): WireAnswer {
  const common = { modelVersion: context.model, responseId: alphanumericId('', 22) };
  const usageMetadata = usageObject(answer);
  if (answer.finish === 'prompt_blocked') {
    const promptTokenCount = usageMetadata['promptTokenCount'];
    const usage = { promptTokenCount, totalTokenCount: promptTokenCount };
    const blocked = {
      promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
      usageMetadata: usage,
      ...common,
    };
    return { events: [toBlock(blocked)], body: blocked };
  }
  const chunks = toChunks(answer, context);
  const ending = { ...finishFields(answer), index: 0, ...groundingFields(answer) };
  const response = (parts: Chunk, end: JsonObject): JsonObject => ({
    candidates: [{ ...(parts.length > 0 && { content: { parts, role: 'model' } }), ...end }],
    usageMetadata,
    ...common,
  });
  const events = chunks.map((parts, index) =>
    response(parts, index === chunks.length - 1 ? ending : { index: 0 }),
  );
  return { events: events.map(toBlock), body: response(wholeParts(chunks, context), ending) };
}

function toBlock(response: JsonObject): string {
  return `data: ${JSON.stringify(response)}\r\n\r\n`;
}

/** What a stream cuts into pieces is one part without a stream, with the signature on it. */
function wholeParts(chunks: readonly Chunk[], context: AnswerContext): Chunk {
  const whole: JsonObject[] = [];
  for (const part of chunks.flat()) {
    const last = whole.at(-1);
    const goesOn = isText(last) && isText(part) && last?.['thought'] === part['thought'];
    if (goesOn) {
      const joined = { ...last, text: textOf(last?.['text']) + textOf(part['text']) };
      whole[whole.length - 1] = part['thoughtSignature'] ? signed(joined, context) : joined;
    } else if (part['text'] !== '' || part['thoughtSignature']) whole.push(part);
  }
  return whole;
}

function isText(part: JsonObject | undefined): boolean {
  return part?.['text'] !== undefined;
}

function toChunks(answer: StrictAnswer, context: AnswerContext): readonly Chunk[] {
  const { reasoning = '', text, textDeltas, toolCalls = [], finish } = answer;
  const thinking = objectOf(objectOf(context.body['generationConfig'])['thinkingConfig']);
  const thoughts = thinking['includeThoughts'] === true ? cutText(reasoning) : [];
  const isBlocked = finish === 'refusal' || finish === 'malformed_tool_call';
  if (isBlocked) return [[]];
  const said: Chunk[] = [
    ...thoughts.map((piece) => [{ text: piece, thought: true }]),
    ...cutText(text ?? '', textDeltas).map((piece) => [{ text: piece }]),
    ...callChunk(toolCalls, context),
  ];
  const isBareLength = said.length === 0 && finish === 'length';
  return isBareLength ? [[]] : [...said, [finalPart(answer, context)]];
}

/** Calls come whole and together; the first one carries the signature. */
function callChunk(calls: readonly StrictToolCall[], context: AnswerContext): readonly Chunk[] {
  if (calls.length === 0) return [];
  const version = geminiTraits(context.model)?.version ?? 3;
  const parts = calls.map((call) => {
    const id = call.id ?? (version >= 3.5 ? geminiCallId() : undefined);
    const args = JSON.parse(argumentsText(call)) as JsonObject;
    return { functionCall: { name: call.name, args, ...(id !== undefined && { id }) } };
  });
  const [first, ...others] = parts;
  return [[version >= 2.5 ? signed(first!, context) : first!, ...others]];
}

/** Without calls the signature comes last, on a part whose text is empty. */
function finalPart({ toolCalls = [] }: StrictAnswer, context: AnswerContext): JsonObject {
  const isSigned = geminiTraits(context.model)?.needsSignatures === true && toolCalls.length === 0;
  return isSigned ? signed({ text: '' }, context) : { text: '' };
}

function signed(part: JsonObject, { issued, model }: AnswerContext): JsonObject {
  const thoughtSignature = base64Token('\u0012', 120);
  issued.rememberSignature(model, part, thoughtSignature);
  return { ...part, thoughtSignature };
}

const safetyRatings = [
  { category: 'HARM_CATEGORY_DANGEROUS_CONTENT', probability: 'HIGH', blocked: true },
];

function finishFields({ finish = 'stop', toolCalls = [] }: StrictAnswer): JsonObject {
  switch (finish) {
    case 'stop':
      return { finishReason: 'STOP' };
    case 'length':
      return { finishReason: 'MAX_TOKENS' };
    case 'refusal':
      return { finishReason: 'PROHIBITED_CONTENT' };
    case 'content_filter':
      return { finishReason: 'SAFETY', safetyRatings };
    case 'pause':
      return { finishReason: 'CONTINUATION', continuationToken: base64Token('continue') };
    case 'malformed_tool_call':
      return {
        finishReason: 'MALFORMED_FUNCTION_CALL',
        finishMessage: `Malformed function call: call:${toolCalls[0]?.name ?? 'f'}{`,
      };
    case 'prompt_blocked':
      return {};
  }
}

function groundingFields({ search, text = '' }: StrictAnswer): JsonObject {
  if (!search) return {};
  const { query, url, title } = search;
  return {
    groundingMetadata: {
      searchEntryPoint: { renderedContent: `<div class="container">${query}</div>` },
      groundingChunks: [{ web: { uri: url, title } }],
      groundingSupports: [
        { segment: { endIndex: Buffer.byteLength(text), text }, groundingChunkIndices: [0] },
      ],
      webSearchQueries: [query],
    },
  };
}

function usageObject(answer: StrictAnswer): JsonObject {
  const { input, output, cached, reasoning } = fullUsage(answer);
  const searched = answer.search ? 50 : 0;
  return {
    promptTokenCount: input,
    candidatesTokenCount: output - reasoning,
    totalTokenCount: input + output + searched,
    ...(cached > 0 && { cachedContentTokenCount: cached }),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: input }],
    ...(searched > 0 && { toolUsePromptTokenCount: searched }),
    ...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
  };
}
