/** A copy of the guest's last picture, shown grey until a new stream brings the next one. */
export class StillPicture {
  readonly element: HTMLCanvasElement;

  constructor(document: Document, className: string) {
    this.element = document.createElement('canvas');
    this.element.className = className;
    this.element.hidden = true;
  }

  get isShown(): boolean {
    return !this.element.hidden;
  }

  /** Keeps what `canvas` shows; nothing when it never got a size. */
  take(canvas: HTMLCanvasElement): void {
    if (canvas.width === 0 || canvas.height === 0) return;
    this.element.width = canvas.width;
    this.element.height = canvas.height;
    this.element.getContext('2d')?.drawImage(canvas, 0, 0);
    this.element.hidden = false;
  }

  clear(): void {
    this.element.hidden = true;
    this.element.width = 0; // frees the pixels
    this.element.height = 0;
  }
}
