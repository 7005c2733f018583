// The commands that look after pools, workers, listener channels and applications.
#include "client/cli/command_parts.h"

namespace rsca::cli {
namespace {

void AddReason(CLI::App* command, Options* options) {
  command->add_option("--reason", options->reason, "Why, for the log and for those who look later")
      ->type_name("TEXT");
}

void AddWatch(CLI::App* command, Options* options) {
  command->add_flag("--watch", options->watch,
                    "Show it anew whenever something happens, and every 2 seconds, until Ctrl-C");
}

void AddPool(CLI::App* command, Options* options, const std::string& description) {
  command->add_option("--pool", options->pool, description)->type_name("POOL");
}

CLI::App* AddPoolCommand(CLI::App* group, Options* options, const std::string& name,
                         const std::string& description, const std::string& footer) {
  CLI::App* command = AddCommand(group, options, name, description, footer);
  command->add_option("POOL", options->name, "The pool's name; `rsca pool list` lists them")
      ->required();
  return command;
}

}  // namespace

void AddPoolCommands(CLI::App* app, Options* options) {
  CLI::App* pool = AddGroup(app, options, "pool", "Look at worker pools and manage them.",
                            "Examples:\n  rsca pool list\n  rsca pool show default\n"
                            "  rsca pool stop default --reason maintenance\n"
                            "  rsca pool start default");
  CLI::App* list = AddCommand(
      pool, options, "list", "List the pools: state, memory, failures, the last exit and why.",
      "Examples:\n  rsca pool list\n  rsca pool list --watch\n"
      "  rsca pool list -o json | jq '.[] | select(.state == \"stopped\")'\n\n"
      "UPTIME is of the oldest worker, MEMORY what the workers have of their own, ACTIVE the\n"
      "registrations and runs that they have now.");
  AddWatch(list, options);
  AddPoolCommand(pool, options, "show", "Show a pool with its workers and how the last ones ended.",
                 "Examples:\n  rsca pool show default\n  rsca pool show default -o json");
  AddPoolCommand(pool, options, "start", "Start a stopped pool; its failures count from 0 again.",
                 "Examples:\n  rsca pool start default\n\nDoes not wait for the worker; `rsca pool "
                 "watch` tells what becomes of it.");
  CLI::App* stop = AddPoolCommand(
      pool, options, "stop", "Shut a pool's workers down, and refuse calls until it is started.",
      "Examples:\n  rsca pool stop default\n  rsca pool stop default --reason \"new plug-in\"\n\n"
      "Ends the registrations of the pool. Does not wait for the workers.");
  AddReason(stop, options);
  CLI::App* recycle = AddPoolCommand(
      pool, options, "recycle", "Replace all workers of a pool, the new ones first.",
      "Examples:\n  rsca pool recycle default\n  rsca pool recycle default --reason leak\n\n"
      "Restartable actions begin again on the new workers; the others finish on the old ones,\n"
      "within `shutdown_time_limit`.");
  AddReason(recycle, options);
  CLI::App* watch =
      AddCommand(pool, options, "watch", "Follow what happens to pools and workers, until Ctrl-C.",
                 "Examples:\n  rsca pool watch\n  rsca pool watch default -o jsonl\n"
                 "  rsca pool watch --after 0   all that the server remembers, first");
  watch->add_option("POOL", options->name, "Of this pool only");
  AddAfter(watch, options, "Events", "those from now on");
  AddDuration(watch, "--heartbeat", &options->heartbeat,
              "Sign of life of an idle stream, 1s at least (default 15s)");
}

void AddWorkerCommands(CLI::App* app, Options* options) {
  CLI::App* worker = AddGroup(app, options, "worker", "Look at worker processes and replace them.",
                              "Examples:\n  rsca worker list\n  rsca worker show default-1\n"
                              "  rsca worker recycle default-1");
  CLI::App* list = AddCommand(
      worker, options, "list", "List the workers with what they use and what they have done.",
      "Examples:\n  rsca worker list\n  rsca worker list --pool default --watch\n\n"
      "ACTIVE is what it has now; CALLS (registrations and runs) and RESULTS are since its start."
      "\nMEMORY is what it has of its own.");
  AddPool(list, options, "Of this pool only");
  AddWatch(list, options);
  CLI::App* show = AddCommand(worker, options, "show", "Show a worker.",
                              "Examples:\n  rsca worker show default-1");
  CLI::App* recycle =
      AddCommand(worker, options, "recycle", "Replace a worker, the new one first.",
                 "Examples:\n  rsca worker recycle default-1 --reason \"grows and grows\"");
  for (CLI::App* command : {show, recycle}) {
    command->add_option("WORKER", options->name, "The worker's name; `rsca worker list` lists them")
        ->required();
  }
  AddReason(recycle, options);
}

void AddChannelCommands(CLI::App* app, Options* options) {
  CLI::App* channel = AddGroup(app, options, "channel", "Let protocol managers listen.",
                               "Examples:\n  rsca channel start syslog.udp address=127.0.0.1:5514\n"
                               "  rsca channel list\n  rsca channel stop 1");
  CLI::App* list = AddCommand(channel, options, "list",
                              "List listener channels, with those that stopped lately.",
                              "Examples:\n  rsca channel list\n  rsca channel list --watch");
  AddWatch(list, options);
  CLI::App* start = AddCommand(
      channel, options, "start", "Start a listener channel and print what it reports.",
      "The protocol manager gets ARGUMENTS as they are described by it: name=value ... or one\n"
      "'{...}' as a JSON object, or the bytes of --blob.\n\n"
      "Examples:\n  rsca channel start syslog.udp address=127.0.0.1:5514 --detach\n"
      "  rsca channel start syslog.unix '{\"path\":\"/run/log\"}' --pool logs\n"
      "  rsca channel start my.protocol --blob settings.bin\n\n"
      "It goes on when rsca ends, by Ctrl-C or otherwise; `rsca channel stop` stops it.");
  start->add_option("PROTOCOL", options->function, "The protocol's id, such as syslog.udp")
      ->required();
  start->allow_extras();
  AddPool(start, options, "The pool; needed where there are several");
  start
      ->add_option("--manager", options->protocol_manager,
                   "The protocol manager to ask (default: the first that knows the protocol)")
      ->type_name("NAME");
  start
      ->add_option("--blob", options->blob_file,
                   "What to give the protocol manager, in place of arguments; `-`: standard input")
      ->type_name("FILE");
  start->add_flag("--detach", options->detach, "Leave it once it listens");
  CLI::App* stop = AddCommand(
      channel, options, "stop", "Stop a listener channel and print what it still reports.",
      "Examples:\n  rsca channel stop 1\n  rsca channel stop 1 --immediate");
  stop->add_option("ID", options->name, "Its id; `rsca channel list` lists them")->required();
  stop->add_flag("--immediate", options->immediate, "Do not wait for what is under way");
}

void AddAppCommands(CLI::App* app, Options* options) {
  CLI::App* group = AddGroup(app, options, "app", "Look at applications and preload them.",
                             "Examples:\n  rsca app list\n  rsca app preload /LM/W3SVC/1/ROOT");
  CLI::App* list = AddCommand(group, options, "list", "List the applications of the pools.",
                              "Examples:\n  rsca app list\n  rsca app list --pool web");
  AddPool(list, options, "Of this pool only");
  CLI::App* preload = AddCommand(
      group, options, "preload", "Have the protocol managers preload an application, and wait.",
      "Examples:\n  rsca app preload /LM/W3SVC/1/ROOT\n"
      "  rsca app preload /LM/W3SVC/1/ROOT --timeout 1m\n\n"
      "Exit status 1, and a line for each, when protocol managers failed to.");
  preload->add_option("APPLICATION", options->name, "Its id; `rsca app list` lists them")
      ->required();
  AddPool(preload, options, "The pool; needed where several have it");
}

}  // namespace rsca::cli
