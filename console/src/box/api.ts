/** The box's API, typed by its own document. */
import type { components, paths } from "@/generated/box";
import { clientOf } from "@/shared/api";

export const api = clientOf<paths>();

/** Shapes of the document, by name. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];
