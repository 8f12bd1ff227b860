/** The field in which an answer is written; none where nobody may write. */
export const answerField = (): HTMLTextAreaElement | null => document.querySelector("textarea[name=text]");
