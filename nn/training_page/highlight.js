// While the pointer or the focus is on a neuron, all that belongs to it stands out in every view:
// its line in the plane, its weights, and their gradients.

/** What neuron i of a column is called in attributes; column 0 are the inputs. */
function neuronKey(column, i) { return `${column}:${i}`; }

/** The attributes of what belongs to neurons; over it the pointer chooses the first one. */
function ofNeurons(...keys) { return {"data-neuron": keys[0], "data-neurons": keys.join(" ")}; }

class Highlight {
  constructor(root) {
    Object.assign(this, {root, key: null});
    const keyOf = (target) => target?.closest?.("[data-neuron]")?.dataset.neuron ?? null;
    for (const kind of ["pointerover", "pointerleave", "focusin", "focusout"]) {
      root.addEventListener(kind, ({target}) => {
        const key = (kind === "pointerover" ? keyOf(target) : null) ?? keyOf(document.activeElement);
        if (key === this.key) return;
        this.key = key;
        this.show();
      });
    }
  }

  /** Anew, after the views have changed. */
  show() {
    this.root.classList.toggle("chosen", this.key !== null);
    for (const part of this.root.querySelectorAll("[data-neurons]")) {
      part.classList.toggle("lit", part.dataset.neurons.split(" ").includes(this.key));
    }
  }
}
