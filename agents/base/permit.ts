/** Whether work may still go on: asked last before whatever cannot be taken back. */

/** Called right before something is changed; throws an AppError when this process may no longer change anything. */
export type Permit = () => void;
