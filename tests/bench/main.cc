// rsca-bench: one measurement a call, as one line of JSON on standard output. tests/bench/run.sh
// calls it many times and makes the table.
#include <grpc/grpc.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include "absl/synchronization/mutex.h"
#include "tests/bench/footprint.h"
#include "tests/bench/peers/peers.h"
#include "tests/bench/raw_server.h"
#include "tests/bench/throughput.h"

namespace rsca::bench {
namespace {

using Measurement = std::function<nlohmann::json()>;

const std::map<std::string, Transport> kTransports = {
    {"unix", Transport::kUnix}, {"tcp", Transport::kTcp}, {"tls", Transport::kTls}};
const std::map<std::string, Client> kClients = {{"queue", Client::kQueue},
                                                {"library", Client::kLibrary}};

void AddLoadOptions(CLI::App* app, Load* load) {
  app->add_option("--subscribers", load->subscribers, "Each gets every result");
  app->add_option("--bytes", load->bytes, "Of a result; 8 at least");
  app->add_option("--batch", load->batch, "Results that one message may carry");
  app->add_option("--rate", load->rate, "Results a second; 0: as fast as they go");
  app->add_option("--seconds", load->seconds, "That are measured");
  app->add_option("--warm-up", load->warm_up, "Seconds before that");
}

void AddTransport(CLI::App* app, Transport* transport) {
  app->add_option("--transport", *transport, "unix, tcp or tls")
      ->transform(CLI::CheckedTransformer(kTransports));
}

struct Options {
  RoadLoad road;
  Load load;
  Transport transport = Transport::kUnix;
  double pause = 5;
  int bursts = 5;
  std::string address;
  std::string certificate;
  std::string key;
  std::string which;
  int streams = 64;
  int count = 1000;
};

void AddRoad(CLI::App* app, Options* options, Measurement* measurement) {
  CLI::App* road =
      app->add_subcommand("road", "Our whole road: a plug-in in its worker, the server, a client");
  AddLoadOptions(road, &options->road.load);
  AddTransport(road, &options->road.transport);
  road->add_option("--sync", options->road.sync, "Durable, with this policy of the journal")
      ->check(CLI::IsMember({"always", "interval", "off"}));
  road->add_option("--registrations", options->road.registrations, "That publish at once");
  road->add_option("--idle", options->road.idle, "Further registrations, open, without results");
  road->add_option("--client", options->road.client, "queue (gRPC alone) or library (rsca::client)")
      ->transform(CLI::CheckedTransformer(kClients));
  road->callback([=] { *measurement = [=] { return MeasureRoad(options->road); }; });
}

void AddRaw(CLI::App* app, Options* options, Measurement* measurement) {
  CLI::App* raw = app->add_subcommand("raw", "The baseline: the same messages over gRPC alone");
  AddLoadOptions(raw, &options->load);
  AddTransport(raw, &options->transport);
  raw->callback(
      [=] { *measurement = [=] { return MeasureRaw(options->load, options->transport); }; });
}

using MeasurePeer = std::function<nlohmann::json(const Options&)>;

const std::map<std::string, MeasurePeer> kPeers = {
    {"nats", [](const Options& options) { return MeasureNats(options.load); }},
    {"jetstream", [](const Options& options) { return MeasureJetStream(options.load); }},
    {"redis-pubsub", [](const Options& options) { return MeasureRedisPubSub(options.load); }},
    {"redis-streams",
     [](const Options& options) { return MeasureRedisStreams(options.load, options.streams); }},
    {"etcd", [](const Options& options) { return MeasureEtcdWatch(options.load); }},
    {"ssh", [](const Options& options) { return MeasureSsh(options.load); }},
    {"tcp", [](const Options& options) { return MeasureTcp(options.load); }}};

void AddPeer(CLI::App* app, Options* options, Measurement* measurement) {
  CLI::App* peer = app->add_subcommand("peer", "The same work by what people would use instead");
  peer->add_option("which", options->which, "Whose server it starts")
      ->required()
      ->check(CLI::IsMember(kPeers));
  AddLoadOptions(peer, &options->load);
  peer->add_option("--streams", options->streams, "Of redis-streams, at once");
  peer->callback([=] { *measurement = [=] { return kPeers.at(options->which)(*options); }; });
}

nlohmann::json MeasureBursts(const Options& options) {
  if (options.which == "road") return MeasureRoadBursts(options.pause, options.bursts);
  if (options.which == "raw") return MeasureRawBursts(options.pause, options.bursts);
  return MeasureTcpBursts(options.pause, options.bursts);
}

void AddBurst(CLI::App* app, Options* options, Measurement* measurement) {
  CLI::App* burst =
      app->add_subcommand("burst", "Latency of the first results after a pause, three at a time");
  burst->add_option("which", options->which, "road, raw or tcp")
      ->required()
      ->check(CLI::IsMember({"road", "raw", "tcp"}));
  burst->add_option("--pause", options->pause, "Seconds");
  burst->add_option("--bursts", options->bursts, "How many");
  burst->callback([=] { *measurement = [=] { return MeasureBursts(*options); }; });
}

void AddFootprint(CLI::App* app, Options* options, Measurement* measurement) {
  CLI::App* memory =
      app->add_subcommand("memory", "Bytes that an idle registration with its stream takes");
  memory->add_option("--registrations", options->count, "How many");
  memory->callback([=] { *measurement = [=] { return MeasureMemory(options->count); }; });
  CLI::App* raw_memory = app->add_subcommand("raw-memory", "The same of the baseline's streams");
  raw_memory->add_option("--streams", options->count, "How many");
  raw_memory->callback([=] { *measurement = [=] { return MeasureRawMemory(options->count); }; });
  CLI::App* setup = app->add_subcommand(
      "setup", "Registrations set up a second, and the time from a call to its first result");
  setup->add_option("--seconds", options->load.seconds, "For each");
  setup->callback([=] { *measurement = [=] { return MeasureSetup(options->load.seconds); }; });
  CLI::App* start = app->add_subcommand("start", "From starting rscad until it serves");
  start->callback([=] { *measurement = [] { return MeasureStart(); }; });
  CLI::App* calls = app->add_subcommand("syscalls", "System calls for each result, under strace");
  calls->add_option("--batch", options->load.batch, "Results that one message may carry");
  calls->add_option("--seconds", options->load.seconds, "For each process");
  calls->callback([=] {
    *measurement = [=] { return MeasureSystemCalls(options->load.batch, options->load.seconds); };
  });
}

int Main(int argc, char** argv) {
  CLI::App app("One measurement of rsca, as a line of JSON; tests/bench/README.md explains them",
               "rsca-bench");
  app.require_subcommand(1);
  Options options;
  Measurement measurement;
  AddRoad(&app, &options, &measurement);
  AddRaw(&app, &options, &measurement);
  AddPeer(&app, &options, &measurement);
  AddBurst(&app, &options, &measurement);
  AddFootprint(&app, &options, &measurement);
  CLI::App* raw_server = app.add_subcommand("raw-server", "The baseline's server")->group("");
  raw_server->add_option("--address", options.address)->required();
  raw_server->add_option("--certificate", options.certificate);
  raw_server->add_option("--key", options.key);
  CLI11_PARSE(app, argc, argv);
  if (raw_server->parsed()) {
    return RunRawServer(options.address, options.certificate, options.key);
  }
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  grpc_init();
  try {
    std::cout << measurement().dump() << std::endl;
  } catch (const std::exception& error) {
    std::cerr << "rsca-bench: " << error.what() << std::endl;
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace rsca::bench

int main(int argc, char** argv) { return rsca::bench::Main(argc, argv); }
