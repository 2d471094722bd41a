/* The point map: outlines and facilities of the scope, no tiles. The table beside it says the same. Needs Leaflet. */
(function () {
  "use strict";
  var REACH_PX = 30, LISTED = 12, CLOSEST = 18;
  var SHAPES = {
    2: '<path class="shape-a" d="M8 .8 15.2 8 8 15.2.8 8z"/>',
    1: '<circle class="shape-b" cx="8" cy="8" r="6.600"/>',
    0: '<circle class="shape-c" cx="8" cy="8" r="6"/>',
    none: '<circle class="shape-x" cx="8" cy="8" r="6"/>'
  };

  function icon(tier) {
    var shape = SHAPES[tier === null ? "none" : tier];
    return L.divIcon({ className: "marker", iconSize: [18, 18], html: '<svg viewBox="0 0 16 16" aria-hidden="true">' + shape + "</svg>" });
  }

  function popup(point, base) {
    var box = document.createElement("div");
    var link = document.createElement("a");
    link.href = base + point.uuid + "/";
    link.textContent = point.name;
    box.appendChild(link);
    box.appendChild(document.createElement("br"));
    box.appendChild(document.createTextNode(point.label));
    return box;
  }

  function draw(element, data) {
    var map = L.map(element, { attributionControl: false, zoomSnap: 0.25, maxZoom: CLOSEST, scrollWheelZoom: false, zoomControl: false, keyboard: false });
    L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
    var inside = L.featureGroup();
    var neighbours = [];
    L.geoJSON(data.outlines, {
      interactive: false,
      style: function (feature) {
        return feature.properties.inside
          ? { color: "#115e68", weight: 2, fillColor: "#ffffff", fillOpacity: 1 }
          : { color: "#b9c3c6", weight: 1, fillColor: "#e3e9ea", fillOpacity: 1 };
      },
      onEachFeature: function (feature, layer) {
        if (feature.properties.inside) inside.addLayer(layer);
        else neighbours.push({ name: feature.properties.name, ring: layer.getLatLngs().flat(Infinity) });
      }
    }).addTo(map);
    inside.eachLayer(function (outline) { outline.bringToFront(); });
    var points = L.featureGroup().addTo(map);
    var all = L.latLngBounds(data.points.map(function (point) { return point.at; }));
    var base = element.getAttribute("data-facility");
    map.on("popupopen", function (event) {
      event.popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", "关闭");
    });
    var bounds = inside.getLayers().length ? inside.getBounds() : all;
    if (element.getAttribute("data-fit") === "points" && data.points.length > 1) bounds = all.pad(0.2);
    if (bounds.isValid()) map.fitBounds(bounds, { padding: [8, 8] });
    name(map, neighbours);
    function place(isFocused) {
      points.clearLayers();
      heaps(map, data.points).forEach(function (heap) { points.addLayer(heap.length > 1 ? cluster(map, heap, base) : single(heap[0], base)); });
      walk(element, isFocused);
    }
    place(false);
    map.on("zoomend", function () { place(element.contains(document.activeElement)); });
  }

  /* Points that would touch each other at this zoom, from west to east: each joins the first heap within reach */
  function heaps(map, list) {
    var found = [];
    list.slice().sort(function (a, b) { return a.at[1] - b.at[1]; }).forEach(function (point) {
      var at = map.project(point.at);
      var heap = found.find(function (other) { return other.at.distanceTo(at) < REACH_PX; });
      if (heap) heap.points.push(point);
      else found.push({ at: at, points: [point] });
    });
    return found.map(function (heap) { return heap.points; });
  }

  function single(point, base) {
    return named(L.marker(point.at, { icon: icon(point.tier) }).bindPopup(popup(point, base)), point.name + "，" + point.label);
  }

  /* A heap opens by coming closer; what still lies together then is listed */
  function cluster(map, heap, base) {
    var bounds = L.latLngBounds(heap.map(function (point) { return point.at; }));
    var marker = L.marker(bounds.getCenter(), { icon: L.divIcon({ className: "cluster", iconSize: [28, 28], html: String(heap.length) }) });
    function open() {
      if (map.getZoom() < map.getMaxZoom() && map.getBoundsZoom(bounds) > map.getZoom()) return map.fitBounds(bounds.pad(0.3));
      var box = document.createElement("ul");
      heap.slice(0, LISTED).forEach(function (point) {
        var line = document.createElement("li");
        line.appendChild(popup(point, base));
        box.appendChild(line);
      });
      if (heap.length > LISTED) box.appendChild(document.createTextNode("还有 " + (heap.length - LISTED) + " 座，见表格"));
      L.popup().setLatLng(marker.getLatLng()).setContent(box).openOn(map);
    }
    marker.on("click", open);
    marker.on("keypress", function (event) { if (event.originalEvent.key === "Enter") open(); });
    return named(marker, "这里有 " + heap.length + " 座设施，按回车放大");
  }

  function named(marker, words) {
    marker.on("add", function () {
      marker.getElement().setAttribute("aria-label", words);
      marker.getElement().setAttribute("title", words);
    });
    return marker;
  }

  /* One stop of the Tab key for all points; the arrow keys go from one to the next */
  function walk(element, isFocused) {
    var marks = Array.from(element.querySelectorAll(".marker, .cluster"));
    marks.forEach(function (mark, at) {
      mark.tabIndex = at ? -1 : 0;
      mark.addEventListener("keydown", function (event) {
        var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        var next = step && marks[at + step];
        if (!next) return;
        event.preventDefault();
        mark.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      });
    });
    if (isFocused && marks.length) marks[0].focus();
  }

  /* A neighbour's name stands where its outline is in sight */
  function name(map, neighbours) {
    var sight = map.getBounds().pad(-0.08);
    neighbours.forEach(function (neighbour) {
      var seen = neighbour.ring.filter(function (corner) { return sight.contains(corner); });
      if (seen.length < 2) return;
      var middle = L.latLngBounds(seen).getCenter();
      L.marker(middle, { interactive: false, keyboard: false, icon: L.divIcon({ className: "map-name", iconSize: [60, 20], html: neighbour.name }) }).addTo(map);
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var element = document.getElementById("map");
    if (!element || !window.L) return;
    fetch(element.getAttribute("data-source"), { headers: { Accept: "application/json" } })
      .then(function (answer) {
        if (!answer.ok) throw new Error(answer.status);
        return answer.json();
      })
      .then(function (data) { draw(element, data); })
      .catch(function () { element.textContent = "地图没有取到数据。请刷新页面再试，或看表格。"; });
  });
})();
