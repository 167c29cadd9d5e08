// A browser starts no Worker from a file. So that the search also works in pages opened from a
// folder, this runs the search's script in a hidden frame and passes the messages on.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const own = new URL(url, location.href)
      const frame = document.createElement("iframe")
      frame.hidden = true
      this.started = new Promise((resolve, reject) => {
        frame.addEventListener("load", () => {
          const inner = frame.contentWindow
          inner.postMessage = (data) => {
            const message = new MessageEvent("message", { data })
            this.dispatchEvent(message)
            if (this.onmessage) this.onmessage(message)
          }
          // As in a Worker, names are relative to the worker's own script.
          inner.importScripts = (...scripts) =>
            Promise.all(scripts.map((script) => load(inner, new URL(script, own))))
          load(inner, own).then(() => resolve(inner), reject)
        }, { once: true })
      })
      frame.srcdoc = "<!doctype html><title>search</title>"
      document.documentElement.append(frame)
      this.frame = frame
    }

    postMessage(data) {
      this.started.then((inner) => inner.dispatchEvent(new inner.MessageEvent("message", { data })))
    }

    terminate() {
      this.frame.remove()
    }
  }

  function load(inner, url) {
    return new Promise((resolve, reject) => {
      const script = inner.document.createElement("script")
      script.src = url
      script.async = false
      script.onload = resolve
      script.onerror = () => reject(new Error(`${url} does not load`))
      inner.document.head.append(script)
    })
  }
}
