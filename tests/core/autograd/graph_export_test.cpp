// The graph as a list, as DOT and as JSON.
#include "core/autograd/graph_export.hpp"

#include "core/io/json.hpp"
#include "core/tensor/allocator.hpp"
#include "tests/catch.hpp"
#include "tests/core/support.hpp"

using namespace gradus;
using namespace gradus::test;

namespace {

// loss = Σ (x · w)², w of one element:   dloss/dx = 2xw², dloss/dw = 2w Σx²
struct Small {
  Tensor x = tensor({3, 4}, DType::float64).requires_grad_();
  Tensor w = tensor({2}, DType::float64).requires_grad_();
  Tensor loss() const {
    const Tensor h = x * w;
    return sum(h * h);
  }
};

}  // namespace

TEST_CASE("a graph view lists nodes in order, edges, shapes and norms") {
  const Small model;
  const KeepValues keep;
  const Tensor loss = model.loss();
  const GraphView graph =
      graph_view({loss}, {.names = {{"x", model.x}, {"loss", loss}}, .gradients = true});

  std::vector<std::string> ops;
  for (const GraphNode& node : graph.nodes) ops.push_back(node.op);
  REQUIRE(ops == std::vector<std::string>{"leaf", "leaf", "mul", "mul", "sum"});
  const GraphNode &x = graph.nodes[0], &w = graph.nodes[1], &h = graph.nodes[2];
  CHECK(x.name == "x");
  CHECK(w.name.empty());
  CHECK(graph.nodes[4].name == "loss");
  CHECK(h.inputs == std::vector<Shape>{{2}, {1}});
  REQUIRE(h.outputs.size() == 1);
  CHECK(h.outputs[0].shape == Shape{2});

  CHECK(*x.outputs[0].norm == Approx(5));
  CHECK(*h.outputs[0].norm == Approx(10));
  CHECK(*graph.nodes[4].outputs[0].norm == Approx(100));
  CHECK(*x.outputs[0].gradient_norm == Approx(2 * 5 * 4));
  CHECK(*w.outputs[0].gradient_norm == Approx(2 * 2 * 25));
  CHECK(*h.outputs[0].gradient_norm == Approx(20));
  CHECK(*graph.nodes[4].outputs[0].gradient_norm == Approx(1));

  REQUIRE(graph.edges.size() == 5);
  const GraphEdge& last = graph.edges.back();  // of Σ
  CHECK((last.from == 3 && last.output == 0 && last.to == 4 && last.input == 0));
}

TEST_CASE("looking at a graph leaves it as it was") {
  const Small model;
  const Tensor loss = model.loss();
  CHECK_FALSE(graph_view({loss}).nodes[2].outputs[0].norm);  // the product is gone
  graph_view({loss}, {.gradients = true});
  CHECK_FALSE(model.x.grad().defined());
  loss.backward();
  CHECK(values(model.x.grad()) == std::vector<double>{24, 32});
}

TEST_CASE("values are kept only while KeepValues is alive") {
  const Small model;
  const size_t before = memory_stats().current;
  {
    const KeepValues keep;
    model.loss();
    CHECK(memory_stats().current > before);
  }
  CHECK(memory_stats().current == before);
}

TEST_CASE("JSON holds the whole view, with names of any kind") {
  const Small model;
  const std::string name = "a \"quoted\"\\\n\x01 名 \xff";  // the last byte is no UTF-8
  const Tensor infinite = model.x * INFINITY;
  const auto json = parse_json(to_json(graph_view({infinite}, {.names = {{name, model.x}}})));
  REQUIRE(json["nodes"].size() == 2);
  CHECK(json["nodes"][0]["name"] == "a \"quoted\"\\\n\x01 名 \xef\xbf\xbd");
  CHECK(json["nodes"][0]["outputs"][0]["shape"] == std::vector<int>{2});
  CHECK(json["nodes"][0]["outputs"][0]["dtype"] == "float64");
  CHECK(json["nodes"][0]["outputs"][0]["norm"].get<double>() == Approx(5));
  CHECK(json["nodes"][0]["outputs"][0]["gradient_norm"].is_null());
  CHECK(json["nodes"][1]["outputs"][0]["norm"].is_null());  // infinite
  CHECK(json["nodes"][1]["inputs"] == std::vector<std::vector<int>>{{2}, {}});
  REQUIRE(json["edges"].size() == 1);
  CHECK(json["edges"][0] == Json{{"from", 0}, {"output", 0}, {"to", 1}, {"input", 0}});
}

TEST_CASE("DOT names each node once, and quotes what it must") {
  const Small model;
  const Tensor loss = model.loss();
  const std::string dot =
      to_dot(graph_view({loss}, {.names = {{"a \"b\"\\\nc", model.x}}, .gradients = true}));
  CHECK_THAT(dot, ContainsSubstring("digraph gradus {"));
  CHECK_THAT(
      dot, ContainsSubstring(R"(n0 [label="a \"b\"\\\nc: leaf\nfloat64 [2]\n|x| = 5\n|dx| = 40")"));
  CHECK_THAT(dot, ContainsSubstring(R"(n4 [label="sum\nfloat64 []\n|x| = 100\n|dx| = 1"];)"));
  CHECK_THAT(dot, ContainsSubstring("\n  n3 -> n4;\n}\n"));
}

TEST_CASE("a deep graph is listed without recursion") {
  Tensor y = leaf({});
  for (int i = 0; i < 100'000; ++i) y = view(y, {});
  CHECK(graph_view({y}).nodes.size() == 100'001);
}

TEST_CASE("misuse of graph_view is explained") {
  CHECK_THROWS_WITH(
      graph_view({zeros({2})}),
      ContainsSubstring("graph_view: output 0 is not the result of a recorded operation"));
  const Small model;
  const Tensor h = model.x * 2.0;
  CHECK_THROWS_WITH(graph_view({h}, {.gradients = true}),
                    ContainsSubstring("the output has shape [2]; give a gradient"));
  CHECK_NOTHROW(sum(h).backward());  // the hooks are gone
}
