// Files go up one by one, each with its own progress; one that is refused does not hold up the others.
"use strict";

document.querySelectorAll("form[data-uploads]").forEach((form) => {
  const list = form.querySelector("[data-upload-list]");
  const button = form.querySelector("button[type=submit]");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const files = [...form.querySelector("input[type=file]").files];
    button.disabled = true;
    list.hidden = false;
    list.replaceChildren();
    const lines = files.map((file) => addLine(file.name));
    let refused = 0;
    for (const [index, file] of files.entries()) {
      const result = await send(file, lines[index]);
      lines[index].say(result.message, result.ok);
      refused += result.ok ? 0 : 1;
    }
    button.disabled = false;
    if (!refused) {
      window.location.reload();
    } else if (refused < files.length) {
      const line = document.createElement("li");
      const link = document.createElement("a");
      link.href = window.location.href;
      link.textContent = `${files.length - refused} 个已保存，刷新列表`;
      line.append(link);
      list.append(line);
    }
  });

  function addLine(name) {
    const line = document.createElement("li");
    const body = document.createElement("div");
    const text = document.createElement("p");
    const bar = document.createElement("progress");
    body.className = "body";
    text.textContent = `${name}：等待上传`;
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    body.append(text, bar);
    line.append(body);
    list.append(line);
    return {
      progress(share) {
        bar.value = share;
        text.textContent = share < 100 ? `${name}：已上传 ${share}%` : `${name}：正在检查`;
      },
      say(message, ok) {
        text.textContent = `${name}：${message}`;
        text.className = ok ? "" : "err";
        bar.remove();
      },
    };
  }

  function send(file, line) {
    const body = new FormData(form);
    body.delete("files");
    body.append("files", file);
    return new Promise((resolve) => {
      const failed = { ok: false, message: "没有保存。网络断了，或登录已过期。刷新页面再上传这一个。" };
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "json";
      request.upload.addEventListener("progress", (sent) => {
        if (sent.lengthComputable) line.progress(Math.floor((100 * sent.loaded) / sent.total));
      });
      request.addEventListener("load", () => resolve(request.response?.files?.[0] ?? failed));
      request.addEventListener("error", () => resolve(failed));
      request.send(body);
    });
  }
});
